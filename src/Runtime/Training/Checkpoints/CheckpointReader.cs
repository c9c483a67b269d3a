using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace Precision;

/// <summary>
/// Reads a checkpoint, from where a stream stands to its end. Nothing in it is believed before it is verified: the hash first, then
/// each number of the index. Every fault of the content is an <see cref="InvalidDataException"/> that names the file.
/// </summary>
/// <param name="stream">A stream that can seek.</param>
/// <param name="name">What messages call it.</param>
internal sealed class CheckpointReader(Stream stream, string name)
{
    private readonly long start = stream.Position;
    private readonly long length = stream.Length - stream.Position;

    /// <summary>What messages call a stream: its file, if it has one.</summary>
    public static string NameOf(Stream stream) => stream is FileStream file ? $"'{file.Name}'" : "in the stream";

    /// <summary>Whether the stream holds a checkpoint of this or an earlier version, whole or not.</summary>
    public static bool IsCheckpoint(Stream stream)
    {
        var mark = CheckpointWriter.Mark[..^2];
        Span<byte> first = stackalloc byte[mark.Length];
        var position = stream.Position;
        var count = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        stream.Position = position;
        return count == first.Length && first.SequenceEqual(mark);
    }

    /// <summary>Reads everything.</summary>
    /// <exception cref="InvalidDataException">It is not a whole checkpoint; the message says what is wrong.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public TrainingState Read(CancellationToken cancellationToken)
    {
        var state = ReadIndex(cancellationToken);
        try
        {
            ReadValues(state.Tensors, cancellationToken);
            stream.Position = start + length;
            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Verifies the whole file and reads its index, without any tensor.</summary>
    /// <exception cref="InvalidDataException">It is not a whole checkpoint.</exception>
    public TrainingState ReadIndex(CancellationToken cancellationToken)
    {
        CheckMark();
        CheckHash(cancellationToken);
        stream.Position = start + length - CheckpointWriter.FooterLength;
        var position = BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(sizeof(long)));
        var end = length - CheckpointWriter.FooterLength;
        if (position < CheckpointWriter.Mark.Length || position > end || end - position > Array.MaxLength)
        {
            throw Fault($"its index would begin at byte {position}, in {length} bytes");
        }

        stream.Position = start + position;
        var state = Parse(ReadBytes((int)(end - position)));
        if (IndexFault(state, position) is { } fault)
        {
            throw Fault(fault);
        }

        return state;
    }

    /// <summary>Reads the elements of some of the index's tensors.</summary>
    public void ReadValues(IEnumerable<SavedTensor> tensors, CancellationToken cancellationToken)
    {
        foreach (var tensor in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.Position = start + tensor.Position;
            tensor.ReadValue(stream);
        }
    }

    private InvalidDataException Fault(string fault, Exception? inner = null)
        => new($"The checkpoint {name} is damaged or was not written by this library: {fault}. Use another checkpoint.", inner);

    private void CheckMark()
    {
        Span<byte> mark = stackalloc byte[CheckpointWriter.Mark.Length];
        var isCheckpoint = IsCheckpoint(stream);
        if (stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) < mark.Length || !mark.SequenceEqual(CheckpointWriter.Mark))
        {
            throw new InvalidDataException(
                isCheckpoint
                    ? $"The checkpoint {name} has the format of another version of this library: it begins with "
                        + $"'{System.Text.Encoding.ASCII.GetString(mark).TrimEnd()}', this version's with "
                        + $"'{System.Text.Encoding.ASCII.GetString(CheckpointWriter.Mark).TrimEnd()}'. Load it with the version that wrote it."
                    : $"The file {name} is no checkpoint of MixedPrecisionTraining: it does not begin like one ({length} bytes). Files of "
                        + "module.save() are loaded with model.LoadWeights().");
        }
    }

    private void CheckHash(CancellationToken cancellationToken)
    {
        var hashed = length - SHA256.HashSizeInBytes;
        if (hashed < CheckpointWriter.Mark.Length + sizeof(long) || !HashOfFirst(hashed, cancellationToken).AsSpan().SequenceEqual(ReadBytes(SHA256.HashSizeInBytes)))
        {
            throw new InvalidDataException(
                $"The checkpoint {name} is truncated or damaged: its {length} bytes do not have the hash that ends a whole one. Use another "
                + "checkpoint; Save() itself replaces files as a whole.");
        }
    }

    private TrainingState Parse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, CheckpointJson.Default.TrainingState) ?? throw new JsonException("It is null.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or FormatException)
        {
            var place = error is JsonException { Path: { } path } ? $" at {path}" : "";
            throw Fault($"its index cannot be read{place} ({error.Message.Split(". ")[0].TrimEnd('.')})", error);
        }
    }

    /// <summary>What is wrong with the index in itself; null if nothing is. Gives the tensors their places in the file.</summary>
    private static string? IndexFault(TrainingState state, long indexPosition)
    {
        if (state.Progress is not { Steps: >= 0, SkippedSteps: >= 0, SkippedInARow: >= 0 } progress
            || progress.SkippedSteps > progress.Steps || progress.SkippedInARow > progress.SkippedSteps)
        {
            return $"its counters cannot be ({state.Progress})";
        }

        // Elements of lists are the one thing that the deserializer does not look at.
        if (state.Optimizer.Groups.Any(static group => group is null || group.Parameters.Contains(null) || !group.Options.IsWhole())
            || state.Optimizer.States.Any(static optimizer => optimizer is null || !optimizer.IsWhole())
            || state.Scheduler?.IsWhole() is false
            || state.OtherRanks?.Any(static rank => rank is null || rank.RandomStates.Any(static tensor => tensor is null)) is true
            || state.Tied.Values.Contains(null)
            || state.Tensors.Any(static tensor => tensor is null))
        {
            return "its index has a null";
        }

        long position = CheckpointWriter.Mark.Length;
        foreach (var tensor in state.Tensors)
        {
            if (tensor.Length() is not { } bytes || bytes > indexPosition - position)
            {
                return $"'{tensor.Name}', {tensor.Dtype}[{string.Join(", ", tensor.Shape)}] at byte {position}, does not lie before the index at "
                    + $"byte {indexPosition}";
            }

            tensor.Position = position;
            position += bytes;
        }

        foreach (var section in (IReadOnlyList<SavedTensor>[])
            [state.Weights, state.Masters, state.RandomStates, .. state.OtherRanks?.Select(static rank => rank.RandomStates) ?? []])
        {
            if (section.CountBy(static tensor => tensor.Name).FirstOrDefault(static entry => entry.Value > 1).Key is { } name)
            {
                return $"'{name}' is there twice";
            }
        }

        return position == indexPosition ? null : $"its tensors end at byte {position}, where its index begins at byte {indexPosition}";
    }

    private byte[] HashOfFirst(long count, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[(int)Math.Min(CheckpointWriter.BufferSize, count)];
        stream.Position = start;
        while (count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, count));
            if (read == 0)
            {
                break;
            }

            hash.AppendData(buffer, 0, read);
            count -= read;
        }

        return hash.GetHashAndReset();
    }

    private byte[] ReadBytes(int count)
    {
        var bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
