using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The container of a checkpoint: a mark, the tensors' raw bytes and the optimizer's own format, the index as JSON, the index's
/// position, and the SHA-256 of all that. The hash tells a whole file from a truncated or damaged one before anything is used.
/// </summary>
internal static class CheckpointFile
{
    private const int BufferSize = 1 << 20;
    private const int FooterLength = sizeof(long) + SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Mark => "PRECISION-CHECKPOINT-1\n"u8;

    /// <summary>Starts a file.</summary>
    public static void Begin(Stream stream) => stream.Write(Mark);

    /// <summary>Writes a tensor's elements.</summary>
    public static CheckpointTensor WriteTensor(Stream stream, string name, Tensor tensor)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var offset = stream.Position;
        tensor.detach().cpu().contiguous().WriteBytesToStream(stream, BufferSize);
        return new CheckpointTensor(name, tensor.dtype.ToString(), tensor.shape, offset);
    }

    /// <summary>Writes the index, and seals the file.</summary>
    public static void End(Stream stream, CheckpointIndex index)
    {
        var indexOffset = stream.Position;
        JsonSerializer.Serialize(stream, index, CheckpointJson.Default.CheckpointIndex);
        Span<byte> position = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(position, indexOffset);
        stream.Write(position);
        stream.Position = 0;
        var hash = SHA256.HashData(stream);
        stream.Write(hash);
    }

    /// <summary>Checks that a file is a whole checkpoint, and reads its index.</summary>
    /// <exception cref="InvalidDataException">It is not; the message says what is wrong.</exception>
    public static CheckpointIndex ReadIndex(Stream stream, string path)
    {
        Span<byte> mark = stackalloc byte[Mark.Length];
        if (stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) < mark.Length || !mark.SequenceEqual(Mark))
        {
            throw new InvalidDataException(
                $"'{path}' is no checkpoint of MixedPrecisionTraining: it does not begin like one ({stream.Length} bytes). Files of "
                + "module.save() are loaded with module.load().");
        }

        var hashOffset = stream.Length - SHA256.HashSizeInBytes;
        if (hashOffset < Mark.Length + sizeof(long) || !HashOfFirst(stream, hashOffset).AsSpan().SequenceEqual(ReadBytes(stream, SHA256.HashSizeInBytes)))
        {
            throw new InvalidDataException(
                $"The checkpoint '{path}' is truncated or damaged: its {stream.Length} bytes do not have the hash that ends a whole one. "
                + "Use another checkpoint; Save() itself replaces files as a whole.");
        }

        stream.Position = stream.Length - FooterLength;
        stream.Position = BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(stream, sizeof(long)));
        var json = ReadBytes(stream, (int)(stream.Length - FooterLength - stream.Position));
        try
        {
            return JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointIndex)
                ?? throw new InvalidDataException($"The checkpoint '{path}' has no index.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"The index of the checkpoint '{path}' cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads a tensor's elements into <paramref name="target"/>, which has its dtype and shape.</summary>
    public static void ReadTensor(Stream stream, CheckpointTensor entry, Tensor target)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        stream.Position = entry.Offset;
        var onHost = empty(entry.Shape, dtype: target.dtype);
        onHost.ReadBytesFromStream(stream, BufferSize);
        target.copy_(onHost);
    }

    private static byte[] HashOfFirst(Stream stream, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        stream.Position = 0;
        while (length > 0)
        {
            var count = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (count == 0)
            {
                break;
            }

            hash.AppendData(buffer, 0, count);
            length -= count;
        }

        return hash.GetHashAndReset();
    }

    private static byte[] ReadBytes(Stream stream, int count)
    {
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
