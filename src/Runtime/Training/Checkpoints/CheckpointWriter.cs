using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Writes a checkpoint: a mark, the tensors' elements, the index as JSON, the index's position in 8 bytes, and the SHA-256 of all
/// that, which distinguishes a whole checkpoint from a truncated or damaged one. Goes through the stream once, so that it needs no seeking.
/// </summary>
internal static class CheckpointWriter
{
    public const int BufferSize = 1 << 20;
    public const int FooterLength = sizeof(long) + SHA256.HashSizeInBytes;

    /// <summary>What a checkpoint begins with.</summary>
    public static ReadOnlySpan<byte> Mark => "PRECISION-CHECKPOINT-2\n"u8;

    /// <summary>Writes a state.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="state">The state.</param>
    /// <param name="elements">Gives the elements of each tensor, in their order; null = they are here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Write(
        Stream stream, TrainingState state, Func<SavedTensor, Tensor>? elements, CancellationToken cancellationToken)
    {
        using var sha = SHA256.Create();
        using (var hashing = new CryptoStream(stream, sha, CryptoStreamMode.Write, leaveOpen: true))
        {
            hashing.Write(Mark);
            long position = Mark.Length;
            foreach (var tensor in state.Tensors)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                WriteElements(hashing, elements?.Invoke(tensor) ?? tensor.Value!);
                position += tensor.Length()!.Value;
            }

            JsonSerializer.Serialize(hashing, state, CheckpointJson.Default.TrainingState);
            Span<byte> indexPosition = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(indexPosition, position);
            hashing.Write(indexPosition);
        }

        cancellationToken.ThrowIfCancellationRequested();
        stream.Write(sha.Hash);
        stream.Flush();
    }

    private static void WriteElements(Stream stream, Tensor tensor)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var onHost = tensor.cpu().contiguous();
        if (onHost.numel() > 0)
        {
            onHost.WriteBytesToStream(stream, (int)Math.Min(BufferSize, onHost.numel() * onHost.element_size()));
        }

        GC.KeepAlive(onHost);
        GC.KeepAlive(tensor);
    }
}
