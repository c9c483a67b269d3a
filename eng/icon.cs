// Draws the package's icon: the sixteen bits of a BFloat16 (one of sign, eight of exponent, seven of mantissa) as squares.
//
// usage: dotnet run eng/icon.cs -- src/icon.png

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

const int Size = 128;
const int Bits = 4; // in a row
const int Margin = 12;
const int Gap = 6;
const int Bit = (Size - (2 * Margin) - ((Bits - 1) * Gap)) / Bits;
const int Corner = 6;

uint[] colors = [0x24292FFF, 0xE5534BFF, 0x57AB5AFF, 0x539BF5FF]; // background, sign, exponent, mantissa

using var rows = new MemoryStream();
using (var compressed = new ZLibStream(rows, CompressionLevel.SmallestSize, leaveOpen: true))
{
    for (var y = 0; y < Size; y++)
    {
        compressed.WriteByte(0); // no filter
        for (var x = 0; x < Size; x++)
        {
            compressed.Write(BigEndian(Color(x, y)));
        }
    }
}

using var file = File.Create(args[0]);
file.Write([0x89, .. "PNG\r\n"u8, 0x1A, 0x0A]);
WriteChunk("IHDR", [.. BigEndian(Size), .. BigEndian(Size), /* depth */ 8, /* red, green, blue, alpha */ 6, 0, 0, 0]);
WriteChunk("IDAT", rows.ToArray());
WriteChunk("IEND", []);

uint Color(int x, int y)
{
    const int step = Bit + Gap;
    int column = (x - Margin) / step, row = (y - Margin) / step;
    var inBit = x >= Margin && y >= Margin && column < Bits && row < Bits
        && InRoundedSquare((x - Margin) % step, (y - Margin) % step, Bit);
    return inBit ? colors[((row * Bits) + column) switch { 0 => 1, <= 8 => 2, _ => 3 }]
        : InRoundedSquare(x, y, Size) ? colors[0] : 0;
}

static bool InRoundedSquare(int x, int y, int side)
{
    // How far the pixel's centre is beyond the centres of the corners' circles.
    var dx = Math.Max(0, Math.Max(Corner - x - 0.5, x + 0.5 - (side - Corner)));
    var dy = Math.Max(0, Math.Max(Corner - y - 0.5, y + 0.5 - (side - Corner)));
    return x < side && y < side && (dx * dx) + (dy * dy) <= Corner * Corner;
}

void WriteChunk(string type, byte[] data)
{
    byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
    file.Write(BigEndian((uint)data.Length));
    file.Write(body);
    file.Write(BigEndian(Crc32(body)));
}

static uint Crc32(byte[] data)
{
    var crc = uint.MaxValue;
    foreach (var value in data)
    {
        crc ^= value;
        for (var bit = 0; bit < 8; bit++)
        {
            crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
    }

    return ~crc;
}

static byte[] BigEndian(uint value)
{
    var bytes = new byte[4];
    BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
    return bytes;
}
