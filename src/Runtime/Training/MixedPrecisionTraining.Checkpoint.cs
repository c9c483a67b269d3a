using static TorchSharp.torch.optim.lr_scheduler;

namespace Precision;

public sealed partial class MixedPrecisionTraining
{
    private readonly TrainingCheckpoint checkpoint = new();

    /// <summary>
    /// Writes everything that training goes on from into one file: weights, masters, optimizer, scaler, counters, learning-rate
    /// schedule, random states of the CPU and all CUDA devices. The file is replaced as a whole: a process that is killed while
    /// writing leaves the old one, and of several writers the last that completes wins. A link stays, and its target is replaced.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="scheduler">The learning-rate schedule, if there is one. Functions in it (LambdaLR) are not saved.</param>
    /// <param name="dataPosition">Where the data stands, in any form; <see cref="Load(string, LRScheduler?)"/> returns it.</param>
    /// <exception cref="InvalidOperationException">
    /// Gradients wait for a <see cref="Step"/>, which would be lost; weights were loaded into the model past the masters.
    /// </exception>
    /// <exception cref="NotSupportedException">The optimizer, or a tensor of the model, cannot be saved.</exception>
    /// <exception cref="IOException">
    /// The file cannot be written, or the path is a folder, a device or read-only; an old file stands.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public void Save(string path, LRScheduler? scheduler = null, ReadOnlyMemory<byte> dataPosition = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        checkpoint.Save(path, Capture(scheduler, dataPosition));
    }

    /// <summary>Writes what <see cref="Save(string, LRScheduler?, ReadOnlyMemory{byte})"/> writes to a stream.</summary>
    /// <param name="stream">A stream that can be written; it needs no seeking, and stays open. After an exception it holds a part.</param>
    /// <param name="scheduler">The learning-rate schedule, if there is one.</param>
    /// <param name="dataPosition">Where the data stands.</param>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <inheritdoc cref="Save(string, LRScheduler?, ReadOnlyMemory{byte})"/>
    public void Save(Stream stream, LRScheduler? scheduler = null, ReadOnlyMemory<byte> dataPosition = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("The stream cannot be written.", nameof(stream));
        }

        TrainingCheckpoint.Save(stream, Capture(scheduler, dataPosition));
    }

    /// <summary>
    /// Copies everything into host memory and writes the copy on another thread: training can go on at once. Several calls, and
    /// <see cref="Save(string, LRScheduler?, ReadOnlyMemory{byte})"/>, write in their order.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="scheduler">The learning-rate schedule, if there is one.</param>
    /// <param name="dataPosition">Where the data stands.</param>
    /// <param name="cancellationToken">Gives up the writing; an old file stands.</param>
    /// <returns>A task that ends when the file is on the disk.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="Save(string, LRScheduler?, ReadOnlyMemory{byte})"/>
    public Task SaveAsync(
        string path, LRScheduler? scheduler = null, ReadOnlyMemory<byte> dataPosition = default, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellationToken.ThrowIfCancellationRequested();
        return checkpoint.SaveAsync(path, Capture(scheduler, dataPosition), cancellationToken);
    }

    /// <summary>
    /// Goes back to what <see cref="Save(string, LRScheduler?, ReadOnlyMemory{byte})"/> wrote: training goes on as if it had not been
    /// interrupted. The whole file is read into host memory and verified, then copied into the tensors that there are.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="scheduler">A scheduler made as the saved one was, over this training's optimizer; null if none was saved.</param>
    /// <returns>Where the checkpoint stands.</returns>
    /// <exception cref="InvalidDataException">
    /// No checkpoint, a truncated or damaged one, or one of another model, optimizer, schedule or libtorch; nothing is changed then.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read; nothing is changed then.</exception>
    /// <exception cref="InvalidOperationException">
    /// The model's parameters were replaced after the training was made; inference mode is on.
    /// </exception>
    /// <exception cref="NotSupportedException">The optimizer cannot load its state.</exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public ResumePoint Load(string path, LRScheduler? scheduler = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(disposed, this);
        return Apply(TrainingCheckpoint.Read(path, CancellationToken.None), scheduler, $"'{path}'");
    }

    /// <summary>Goes back to what a stream holds, from where it stands to its end.</summary>
    /// <param name="stream">A stream that can seek; it stays open. Copy another one into a <see cref="MemoryStream"/> or a file first.</param>
    /// <param name="scheduler">A scheduler made as the saved one was, over this training's optimizer; null if none was saved.</param>
    /// <exception cref="ArgumentException">The stream cannot be read, or cannot seek.</exception>
    /// <inheritdoc cref="Load(string, LRScheduler?)"/>
    public ResumePoint Load(Stream stream, LRScheduler? scheduler = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ObjectDisposedException.ThrowIf(disposed, this);
        if (!stream.CanRead || !stream.CanSeek)
        {
            throw new ArgumentException(
                "The stream must be readable and seekable, since it is verified before it is used. Copy it into a MemoryStream or a file first.",
                nameof(stream));
        }

        return Apply(TrainingCheckpoint.Read(stream, CancellationToken.None), scheduler, CheckpointReader.NameOf(stream));
    }

    /// <summary>Reads and verifies a file on another thread, then goes back to it. The training must not be used until the task ends.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scheduler">A scheduler made as the saved one was, over this training's optimizer; null if none was saved.</param>
    /// <param name="cancellationToken">Gives up the reading; nothing is changed then.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="Load(string, LRScheduler?)"/>
    public Task<ResumePoint> LoadAsync(string path, LRScheduler? scheduler = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(disposed, this);
        return Task.Run(
            () => Apply(TrainingCheckpoint.Read(path, cancellationToken), scheduler, $"'{path}'"), cancellationToken);
    }

    private TrainingState Capture(LRScheduler? scheduler, ReadOnlyMemory<byte> dataPosition)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        MasterWeights.ThrowIfUnusable();
        MasterWeights.ThrowIfModelChanged();
        model.TakeInAddedParameters();
        if (microBatches > 0)
        {
            throw new InvalidOperationException(
                "Save() was called between Backward(loss) and Step(): the gradients would be lost. Save after Step().");
        }

        return Parts(scheduler).Capture(new TrainingProgress(Steps, skips.Total, skips.InARow), dataPosition);
    }

    private ResumePoint Apply(TrainingState state, LRScheduler? scheduler, string name)
    {
        using (state)
        {
            ThrowIfUnusable(nameof(Load));
            MasterWeights.ThrowIfUnusable();
            model.TakeInAddedParameters();
            TrainingCheckpoint.Apply(state, Parts(scheduler), name);
            (Steps, skips.Total, skips.InARow) = state.Progress;
            DropGradients();
            result?.Expire();
            return new ResumePoint(state.Progress.Steps, state.DataPosition);
        }
    }

    private TrainingParts Parts(LRScheduler? scheduler) => new(module, MasterWeights, Optimizer, Scaler, scheduler);
}
