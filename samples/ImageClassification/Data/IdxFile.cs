using System.Buffers.Binary;
using System.IO.Compression;

namespace ImageClassification.Data;

/// <summary>A gzipped file of bytes in IDX, the format of the MNIST database.</summary>
/// <param name="Sizes">Of the dimensions.</param>
/// <param name="Values">In row-major order.</param>
internal sealed record IdxFile(IReadOnlyList<int> Sizes, byte[] Values)
{
    private const byte TypeOfBytes = 8;

    /// <exception cref="UserErrorException">The file cannot be read, or is no such file.</exception>
    public static IdxFile Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var content = new GZipStream(file, CompressionMode.Decompress);
            var header = Exactly(content, 4);
            if (header[0] != 0 || header[1] != 0 || header[2] != TypeOfBytes)
            {
                throw new InvalidDataException("it is no IDX file of bytes");
            }

            var sizes = Enumerable.Range(0, header[3]).Select(_ => BinaryPrimitives.ReadInt32BigEndian(Exactly(content, 4))).ToList();
            return new IdxFile(sizes, Exactly(content, sizes.Aggregate(1, (product, size) => checked(product * size))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or OverflowException)
        {
            throw new UserErrorException(
                $"The data file '{path}' cannot be read: {e.Message}.", "Build the sample again, which copies it from Data.", e);
        }
    }

    private static byte[] Exactly(Stream stream, int count)
    {
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
