using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Precision.Runtime.Tests.Training;

/// <summary>Changes a checkpoint and gives it a right hash again, as damage never does: what only the checks of the content refuse.</summary>
internal static class CheckpointEdit
{
    private const int FooterLength = sizeof(long) + SHA256.HashSizeInBytes;

    /// <summary>Where the index begins.</summary>
    public static int IndexPosition(byte[] file) => (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(file.Length - FooterLength));

    public static JsonNode Index(byte[] file)
        => JsonNode.Parse(file.AsSpan(IndexPosition(file), file.Length - FooterLength - IndexPosition(file)))!;

    /// <summary>The file with another index.</summary>
    public static byte[] WithIndex(byte[] file, Action<JsonNode> edit)
    {
        var index = Index(file);
        edit(index);
        return WithIndex(file, System.Text.Encoding.UTF8.GetBytes(index.ToJsonString()));
    }

    /// <summary>The file with another index, which need not be JSON.</summary>
    public static byte[] WithIndex(byte[] file, byte[] index)
        => Sealed([.. file[..IndexPosition(file)], .. index], IndexPosition(file));

    /// <summary>The file with the position of its index replaced.</summary>
    public static byte[] WithIndexPosition(byte[] file, long position) => Sealed(file[..^FooterLength], position);

    /// <summary>The file with other bytes in front of its index.</summary>
    public static byte[] WithBytes(byte[] file, int offset, params ReadOnlySpan<byte> bytes)
    {
        var copy = file[..^FooterLength];
        bytes.CopyTo(copy.AsSpan(offset));
        return Sealed(copy, IndexPosition(file));
    }

    private static byte[] Sealed(byte[] content, long indexPosition)
    {
        byte[] body = [.. content, .. BitConverter.GetBytes(indexPosition)];
        return [.. body, .. SHA256.HashData(body)];
    }
}
