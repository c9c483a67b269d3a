using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Writes a training's states to files, in the order in which they were given, and reads them back: verified as a whole in memory
/// before anything of the training is changed.
/// </summary>
internal sealed class TrainingCheckpoint
{
    private Task lastWrite = Task.CompletedTask;

    /// <summary>Writes a state, which is disposed then.</summary>
    /// <param name="path">The file.</param>
    /// <param name="state">The state.</param>
    /// <param name="elements">Gives the elements of each tensor, in their order; null = they are here.</param>
    /// <exception cref="IOException">The file cannot be written; an old one stands.</exception>
    public void Save(string path, TrainingState state, Func<SavedTensor, Tensor>? elements)
    {
        lastWrite.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        WriteFile(path, state, elements, CancellationToken.None);
    }

    /// <summary>Copies a state, which is all that the training waits for, and writes the copy on another thread.</summary>
    /// <exception cref="IOException">The file cannot be written; an old one stands.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; an old file stands.</exception>
    public Task SaveAsync(string path, TrainingState state, CancellationToken cancellationToken)
    {
        try
        {
            state.CopyToHost();
        }
        catch
        {
            state.Dispose();
            throw;
        }

        return lastWrite = WriteAfterAsync(lastWrite, Path.GetFullPath(path), state, cancellationToken);
    }

    /// <summary>Writes a state to a stream; it is disposed then.</summary>
    /// <inheritdoc cref="Save(string, TrainingState, Func{SavedTensor, Tensor})"/>
    public static void Save(Stream stream, TrainingState state, Func<SavedTensor, Tensor>? elements)
    {
        using (state)
        {
            CheckpointWriter.Write(stream, state, elements, CancellationToken.None);
        }
    }

    /// <summary>Reads and verifies a file.</summary>
    /// <exception cref="InvalidDataException">It is not a whole checkpoint.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static TrainingState Read(string path, CancellationToken cancellationToken)
    {
        using var stream = Open(path);
        return Read(stream, cancellationToken);
    }

    /// <summary>Reads and verifies what is in a stream from where it stands to its end.</summary>
    /// <exception cref="InvalidDataException">It is not a whole checkpoint.</exception>
    public static TrainingState Read(Stream stream, CancellationToken cancellationToken)
        => new CheckpointReader(stream, CheckpointReader.NameOf(stream)).Read(cancellationToken);

    /// <summary>Opens a file of weights, which others may replace meanwhile.</summary>
    /// <exception cref="IOException">It cannot be read, or is a folder or a device.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading it is not allowed.</exception>
    public static FileStream Open(string path)
        => UnixFiles.IsRegular(path)
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : throw new IOException($"'{path}' is a folder, a device, a pipe or a socket. Name a file.");

    /// <summary>Applies what was read to a training, or changes nothing.</summary>
    /// <param name="state">The state.</param>
    /// <param name="parts">What it is applied to.</param>
    /// <param name="name">What messages call the checkpoint.</param>
    /// <exception cref="InvalidDataException">It belongs to another training.</exception>
    public static void Apply(TrainingState state, TrainingParts parts, string name)
    {
        if (parts.Mismatch(state) is { } fault)
        {
            throw new InvalidDataException(
                $"The checkpoint {name} does not fit: {fault}. Make model, training and schedule as they were when it was saved.");
        }

        parts.Apply(state);
    }

    private static async Task WriteAfterAsync(Task earlier, string path, TrainingState state, CancellationToken cancellationToken)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Run(() => WriteFile(path, state, elements: null, cancellationToken), CancellationToken.None).ConfigureAwait(false);
    }

    private static void WriteFile(
        string path, TrainingState state, Func<SavedTensor, Tensor>? elements, CancellationToken cancellationToken)
    {
        using (state)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AtomicFile.Write(path, stream => CheckpointWriter.Write(stream, state, elements, cancellationToken));
        }
    }
}
