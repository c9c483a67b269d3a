using System.Runtime.InteropServices;
using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <summary>
/// Everything between the loss and the updated weights of a model in mixed precision: loss scaling where Float16 needs it,
/// float32 masters where parameters are 16-bit, accumulation over micro-batches, clipping, skipping of non-finite gradients,
/// and checkpoints.
/// </summary>
/// <remarks>
/// <para>A step is a constant number of native calls, whatever the number of parameters, and waits for the device only with an
/// optimizer of TorchSharp's own (a <see cref="FusedOptimizer"/> skips on the device).</para>
/// <para>A step with an infinite or NaN gradient is skipped in every dtype: weights and optimizer stay as they are. The answer is
/// in <see cref="StepResult.Applied"/> and counted in <see cref="SkippedSteps"/>; after
/// <see cref="MixedPrecisionTrainingOptions.MaxSkippedInARow"/> of them <see cref="Step"/> throws.</para>
/// <para>A module without any annotation is trained as it stands: no region is entered for it, its parameters keep their dtype,
/// and 16-bit ones get masters. Not for use by several threads at once.</para>
/// </remarks>
/// <example><code>
/// using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named, lr: 3e-4));
/// foreach (var (x, y) in batches)
/// {
///     using var scope = torch.NewDisposeScope();
///     training.Backward(cross_entropy(model.call(x), y));
///     StepResult step = training.Step(maxGradNorm: 1.0);
///     if (step.Applied) scheduler.step();
/// }
/// </code></example>
public sealed class MixedPrecisionTraining : IDisposable
{
    private readonly nn.Module module;
    private readonly MixedPrecisionTrainingOptions options;
    private readonly TrainedModel model;
    private readonly TrainingStep step;
    private readonly DirectStepCheck? directSteps;
    private readonly ClearingCheck clearing;
    private readonly TrainingCheckpoint checkpoint = new();
    private readonly SkipCounter skips;
    private readonly IGradientReduction? reduction;
    private readonly ICheckpointRanks? ranks;
    private StepResult? result;
    private Tensor? lossSum;
    private int microBatches;
    private bool disposed;

    private MixedPrecisionTraining(
        nn.Module module, MasterWeights masters, Optimizer optimizer, TrainedModel model, MixedPrecisionTrainingOptions options)
    {
        this.module = module;
        this.options = options;
        this.model = model;
        MasterWeights = masters;
        Optimizer = optimizer;
        Scaler = options.Scaler ?? new GradScaler(enabled: TrainedModel.NeedsScaling(module));
        WarnOfScaling();
        reduction = options.Parallelism?.CreateReduction(masters);
        ranks = options.Parallelism?.CreateCheckpointRanks(masters);
        step = new TrainingStep(masters, model, optimizer, reduction);
        skips = new SkipCounter(model.Optimized[0].Master.device, options.MaxSkippedInARow);
        clearing = new ClearingCheck(model.Optimized);
        masters.BelongToTraining = true;
        Owner.Stepped = model.Optimized;
        Owner.Reduction = reduction;
        if (optimizer is FusedOptimizer fused)
        {
            fused.Owner = Owner;
        }
        else
        {
            Owner.IsForTorchSharp = true;
            directSteps = new DirectStepCheck(module, masters);
        }
    }

    /// <summary>The optimizer that the factory made, for learning-rate schedulers and parameter groups.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The loss scaler; disabled, so that it passes everything through, where nothing is Float16.</summary>
    public GradScaler Scaler { get; }

    /// <summary>The masters that the optimizer updates.</summary>
    public MasterWeights MasterWeights { get; }

    /// <summary>How many times <see cref="Step"/> was made, skipped steps included.</summary>
    public long Steps { get; private set; }

    /// <summary>How many steps were skipped. Waits for the device.</summary>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public long SkippedSteps
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return skips.Total;
        }
    }

    private GradientOwner Owner => MasterWeights.Gradients;

    /// <summary>
    /// Prepares a model for training: stores it as its policy says, makes the masters and the optimizer. Before it, move the model
    /// to its device, load its weights, and freeze the parameters that you do not want to train.
    /// </summary>
    /// <param name="module">The model.</param>
    /// <param name="optimizerFactory">
    /// Makes the optimizer, TorchSharp's or one of <c>Precision.Optim</c>, over all or some of the (name, parameter) pairs that it
    /// gets: for each trainable parameter its float32 master, or itself where it is not 16-bit; names as in <c>state_dict</c>.
    /// </param>
    /// <param name="options">Null = the defaults.</param>
    /// <returns>The training; disposing it disposes masters, scaler and optimizer, not the model.</returns>
    /// <exception cref="InvalidOperationException">
    /// A class is annotated and was compiled without the generator; nothing is trainable; a parameter is on the meta device; the factory
    /// made an optimizer over other parameters, or over none, or a disposed one; another training, which is not disposed, trains one
    /// of the parameters.
    /// </exception>
    /// <exception cref="NotSupportedException">The optimizer needs a closure (LBFGS).</exception>
    public static MixedPrecisionTraining Create(
        nn.Module module,
        Func<IReadOnlyList<(string name, Parameter parameter)>, Optimizer> optimizerFactory,
        MixedPrecisionTrainingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(optimizerFactory);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSkippedInARow, 1, nameof(options));
        options.Parallelism?.Synchronize(module);
        var masters = MasterWeights.Create(module, options.Parallelism is null ? null : options.Parallelism.ShardOf);
        Optimizer? optimizer = null;
        try
        {
            if (masters.Parameters.Count == 0)
            {
                throw new InvalidOperationException(
                    $"{module.GetName()} has no parameter that requires gradients: there is nothing to train. Unfreeze parameters "
                    + "(requires_grad), and register them (RegisterComponents) in the model's constructor.");
            }

            optimizer = optimizerFactory(masters.named_parameters())
                ?? throw new InvalidOperationException("The optimizer factory returned null.");
            var model = new TrainedModel(module, masters, optimizer);
            TrainingRegistry.Add(masters);
            return new MixedPrecisionTraining(module, masters, optimizer, model, options);
        }
        catch
        {
            optimizer?.Dispose();
            masters.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Computes the gradients of a loss, scaled where needed, and adds them to those since the last <see cref="Step"/>. Several
    /// calls before one step are micro-batches: as in PyTorch their gradients are summed, so a mean over all of them needs
    /// <c>loss / count</c>. Those of 16-bit parameters are summed in float32. What was in <c>.grad</c> before the first call is
    /// dropped. After it the parameters' <c>.grad</c> is what <see cref="Step"/> will use, divided by the loss scale: it may be
    /// read, clipped, changed, replaced or cleared.
    /// </summary>
    /// <param name="loss">One floating number with a graph.</param>
    /// <param name="retainGraph">
    /// Keeps the graph, for a further loss of the same forward: <c>Backward(a, retainGraph: true); Backward(b);</c>. False frees it.
    /// </param>
    /// <exception cref="ArgumentException">
    /// Not one number, without a graph, or of a dtype in which a loss is not exact enough; a gradient of an earlier backward was
    /// replaced by one of another shape, dtype or device than its parameter.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// Inference mode is on; the model's policy or parameters, or the optimizer's parameters, have changed since the training was
    /// made; the optimizer or the scaler was called directly since the last backward; the graph was freed by an earlier backward. The
    /// gradients since the last step are dropped in the last two cases.
    /// </exception>
    /// <exception cref="ExternalException">
    /// libtorch cannot go back through the graph. The gradients since the last step are dropped.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The training, its optimizer, or the loss is disposed.</exception>
    public void Backward(Tensor loss, bool retainGraph = false)
    {
        ThrowIfUnusable(nameof(Backward));
        Tensors.Check(loss, nameof(loss));
        LossCheck.Check(loss, model.GivesBFloat16);
        model.Check();
        CheckPending();
        if (HasPending)
        {
            Owner.CheckFit();
        }

        if (AutocastRegion.IsAnyOpen)
        {
            ProtocolFault.Warn(
                RuleIdentifiers.BackwardInsideRegion, ProtocolMessages.BackwardInRegion, $"{nameof(MixedPrecisionTraining)}.{nameof(Backward)}");
        }

        using var scope = NewDisposeScope();
        if (!HasPending || clearing.AreCleared())
        {
            microBatches = 0;
        }

        using var running = new RunningBackward();
        try
        {
            Owner.Accumulate(
                () => Scaler.CopyScale(loss.device),
                scale =>
                {
                    using var grad = enable_grad();
                    var start = scale is null ? loss : loss * scale.to(loss.device);
                    start.backward(retain_graph: retainGraph);
                    GC.KeepAlive(start);
                    GC.KeepAlive(scale);
                });
        }
        catch (Exception error)
        {
            DropGradients();
            if (running.Failure is { } failure)
            {
                throw new InvalidOperationException(
                    $"The backward of a fused operation failed: {failure.Message} All gradients since the last step were dropped.", failure);
            }

            if (error is ExternalException && error.Message.Contains("second time", StringComparison.Ordinal))
            {
                throw new InvalidOperationException(
                    "A graph was used by an earlier Backward(loss), which freed it. For several losses of one forward call "
                    + "Backward(loss, retainGraph: true) for all but the last, or Backward once with their sum. All gradients since "
                    + "the last step were dropped.",
                    error);
            }

            throw;
        }

        directSteps?.Note(model.Optimized);
        clearing.Note();
        AddToLossSum(loss);
        microBatches++;
    }

    /// <summary>
    /// The gradients that the next <see cref="Step"/> will use, to be read or changed in place: float32, divided by the loss scale,
    /// summed over the micro-batches. Calling it again gives the same tensors. On a GPU the step then takes a little longer, because
    /// 16-bit gradients are copied to float32.
    /// </summary>
    /// <returns>
    /// For each parameter of the optimizer that has a gradient its name in <c>state_dict</c> and the gradient, in the parameter's
    /// shape; float64 and complex parameters have gradients of their dtype. Valid until the next <see cref="Backward"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// No <see cref="Backward"/> since the last step; the optimizer or the scaler was called directly since; the model's parameters
    /// were replaced.
    /// </exception>
    /// <exception cref="ArgumentException">A gradient was replaced by one of another shape, dtype or device than its parameter.</exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public IReadOnlyList<(string name, Tensor gradient)> Gradients()
    {
        ThrowIfUnusable(nameof(Gradients));
        ThrowIfNothingPending(nameof(Gradients));
        MasterWeights.ThrowIfUnusable();
        CheckPending();
        Owner.CheckFit();
        using var _ = no_grad();
        Owner.Show();
        return Owner.Pending().ConvertAll(static pair => (pair.Weight.Name, pair.Gradient));
    }

    /// <summary>
    /// Updates the weights by the gradients since the last step, unless one of them is infinite or NaN. Gradients need no
    /// clearing: the next <see cref="Backward"/> starts over.
    /// </summary>
    /// <param name="maxGradNorm">
    /// Shrinks the gradients so that their common 2-norm is at most this (<c>torch.nn.utils.clip_grad_norm_</c>, in float32, after
    /// unscaling, on the device); null or 0 = no clipping.
    /// </param>
    /// <returns>What was done, read when asked for; valid until the next step.</returns>
    /// <exception cref="InvalidOperationException">
    /// No <see cref="Backward"/> since the last step, or it reached no optimized parameter; weights were loaded into the model
    /// (<see cref="MasterWeights.CopyFromModel"/>), or its parameters were replaced; the optimizer or the scaler was called
    /// directly after <see cref="Backward"/>; inference mode is on.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// A gradient that was put into <c>.grad</c> has another shape, dtype or device than its parameter; nothing is changed then.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxGradNorm"/> is negative or NaN.</exception>
    /// <exception cref="NonFiniteGradientException">
    /// Too many steps in a row were skipped. On a GPU this is looked at once in that many steps, because looking waits for it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The training, or its optimizer, is disposed; the gradients stay then.</exception>
    public StepResult Step(double? maxGradNorm = null)
    {
        ThrowIfUnusable(nameof(Step));
        if (maxGradNorm is { } norm && !(norm >= 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxGradNorm), norm, "The largest norm must not be negative; 0, or leaving it out, steps without clipping.");
        }

        ThrowIfNothingPending(nameof(Step));
        MasterWeights.ThrowIfUnusable();
        MasterWeights.ThrowIfModelChanged();
        model.CheckOptimizer();
        CheckPending();
        StepNumbers numbers;
        using (NewDisposeScope())
        {
            try
            {
                numbers = step.Run(maxGradNorm is 0 ? null : maxGradNorm);
            }
            finally
            {
                if (!Owner.ArePending)
                {
                    EndIteration();
                }
            }

            Scaler.Update(Optimizer, numbers.Skip);
            result?.Expire();
            result = new StepResult(numbers);
        }

        Steps++;
        if (skips.Count(numbers.Skip, Optimizer is not FusedOptimizer) is { } inARow)
        {
            ThrowSkipped(inARow);
        }

        return result;
    }

    /// <summary>
    /// Drops the gradients and frees their memory. Never needed, since <see cref="Backward"/> starts over after a step; called before
    /// the forward it lowers the peak of memory, which a large model reaches at the end of its forward.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public void zero_grad()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        DropGradients();
        Owner.Free();
        reduction?.Free();
    }

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
    /// <exception cref="ObjectDisposedException">The training, or its optimizer, is disposed.</exception>
    public void Save(string path, LRScheduler? scheduler = null, ReadOnlyMemory<byte> dataPosition = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Write(Capture(scheduler, dataPosition), (state, elements) => checkpoint.Save(path, state, elements));
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

        Write(Capture(scheduler, dataPosition), (state, elements) => TrainingCheckpoint.Save(stream, state, elements));
    }

    /// <summary>
    /// Copies everything into host memory and writes the copy on another thread: training can go on at once. Several calls, and
    /// <see cref="Save(string, LRScheduler?, ReadOnlyMemory{byte})"/>, write in their order. Of several processes the first one gets a copy of
    /// what the others have, and writes; in the others the task is complete at once.
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
        var state = Capture(scheduler, dataPosition);
        ranks?.Fetch(state);
        if (ranks is null or { Rank: 0 })
        {
            return checkpoint.SaveAsync(path, state, cancellationToken);
        }

        state.Dispose();
        return Task.CompletedTask;
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
    /// <exception cref="IOException">The file cannot be read, or the path is a folder or a device; nothing is changed then.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The model's parameters were replaced after the training was made; inference mode is on.
    /// </exception>
    /// <exception cref="NotSupportedException">The optimizer cannot load its state.</exception>
    /// <exception cref="ObjectDisposedException">The training, or its optimizer, is disposed.</exception>
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

    /// <summary>
    /// Names the first infinity or NaN among what the last <see cref="Backward"/> or <see cref="Step"/> left: weights, then the
    /// loss, then gradients in the order in which backward makes them. Waits for the device; costs a pass over all of them. The
    /// loss is the sum over the micro-batches; what was dropped with its gradients (<c>zero_grad</c>) does not count.
    /// </summary>
    /// <returns>The finding; null if all are finite.</returns>
    /// <exception cref="InvalidOperationException">The model's parameters were replaced, or the model is disposed.</exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public NonFiniteFinding? FindNonFinite()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        MasterWeights.ThrowIfUnusable();
        var isDropped = Owner.State is GradientState.None || (Owner.ArePending && clearing.AreCleared());
        return NonFiniteSearch.Find(module, MasterWeights.Weights, isDropped ? null : lossSum);
    }

    /// <summary>
    /// As <see cref="FindNonFinite()"/>, but runs the forward again and watches the modules: for a loss that is not finite this
    /// names the first module whose output is not. Seen are modules with one to three tensor inputs and a tensor result that are
    /// run with <c>call()</c>.
    /// </summary>
    /// <param name="forward">Computes the loss of the batch in question.</param>
    /// <returns>The finding; null if all is finite.</returns>
    /// <exception cref="InvalidOperationException">The model's parameters were replaced, or the model is disposed.</exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public NonFiniteFinding? FindNonFinite(Func<Tensor> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ObjectDisposedException.ThrowIf(disposed, this);
        MasterWeights.ThrowIfUnusable();
        return NonFiniteSearch.Find(module, MasterWeights.Weights, forward) ?? FindNonFinite();
    }

    /// <summary>Frees masters, scaler and optimizer. The model keeps its parameters.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        TrainingRegistry.Remove(MasterWeights);
        Owner.Clear();
        result?.Expire();
        reduction?.Dispose();
        lossSum?.Dispose();
        skips.Dispose();
        Optimizer.Dispose();
        Scaler.Dispose();
        MasterWeights.Dispose();
    }

    /// <summary>Tells where the caller's own scaler does not suit the model.</summary>
    private void WarnOfScaling()
    {
        if (Scaler.is_enabled() != TrainedModel.NeedsScaling(module))
        {
            ProtocolFault.Warn(
                Scaler.is_enabled() ? RuleIdentifiers.LossScalingWithBFloat16 : RuleIdentifiers.Float16WithoutLossScaling,
                Scaler.is_enabled() ? ProtocolMessages.NeedlessScaling : ProtocolMessages.NoScaling,
                Scaler.is_enabled() ? nameof(GradScaler) : $"{nameof(MixedPrecisionTraining)}.{nameof(Step)}");
        }
    }

    // FusedOptimizer.zero_grad() drops gradients and does not know of the training.
    private bool HasPending => microBatches > 0 && Owner.ArePending;

    private void ThrowIfUnusable(string method)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Scaler.ThrowIfDisposed();
        if (is_inference_mode_enabled())
        {
            throw new InvalidOperationException(
                $"{method}() was called in inference mode, whose tensors can never be trained. Leave torch.inference_mode() first; "
                + "torch.no_grad() is enough for evaluation.");
        }
    }

    private void ThrowIfNothingPending(string method)
    {
        if (!HasPending)
        {
            if (Owner.State is not GradientState.Spent && model.Optimized.Any(HasGradient))
            {
                throw ProtocolFault.Error(
                    RuleIdentifiers.ScalerIsBypassed, ProtocolMessages.BackwardPastTraining, nameof(MixedPrecisionTraining));
            }

            throw Owner.State is GradientState.Spent && method is nameof(Step)
                ? new InvalidOperationException(
                    ProtocolFault.Text(RuleIdentifiers.CalledTwice, ProtocolMessages.CalledTwice, $"{nameof(MixedPrecisionTraining)}.{method}")
                    + " Call Backward(loss) before each Step().")
                : new InvalidOperationException(
                    $"{method}() was called before Backward(loss): there are no gradients. Call Backward(loss) first, not loss.backward().");
        }
    }

    private static bool HasGradient(MasterWeight weight)
    {
        using var gradient = weight.ModelParameter.grad;
        return gradient is not null;
    }

    /// <exception cref="InvalidOperationException">Optimizer or scaler were called past the training; all gradients are dropped.</exception>
    private void CheckPending()
    {
        try
        {
            directSteps?.ThrowIfStepped();
            if (Scaler.HasBegun(Optimizer))
            {
                throw new InvalidOperationException(
                    ProtocolFault.Text(
                        RuleIdentifiers.ScalerIsBypassed, ProtocolMessages.SteppedPastTraining, nameof(Scaler), nameof(MixedPrecisionTraining))
                    + " Scaler.unscale_ or Scaler.step was called on the training's optimizer, which Step() does itself. Use "
                    + "Step(maxGradNorm: ...) to clip, and Gradients() to read or change unscaled gradients. All gradients were dropped; "
                    + "continue with Backward(loss).");
            }
        }
        catch
        {
            DropGradients();
            throw;
        }
    }

    private TrainingState Capture(LRScheduler? scheduler, ReadOnlyMemory<byte> dataPosition)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        MasterWeights.ThrowIfUnusable();
        MasterWeights.ThrowIfModelChanged();
        model.CheckOptimizer();
        if (HasPending)
        {
            throw new InvalidOperationException(
                "Save() was called between Backward(loss) and Step(): the gradients would be lost. Save after Step().");
        }

        var own = Parts(scheduler).Capture(new TrainingProgress(Steps, skips.Total, skips.InARow), dataPosition);
        return ranks?.Gather(own) ?? own;
    }

    private void Write(TrainingState state, Action<TrainingState, Func<SavedTensor, Tensor>?> write)
    {
        if (ranks is null)
        {
            write(state, null);
            return;
        }

        using (state)
        {
            ranks.Write(state, elements => write(state, elements));
        }
    }

    private ResumePoint Apply(TrainingState state, LRScheduler? scheduler, string name)
    {
        using (state)
        {
            ThrowIfUnusable(nameof(Load));
            MasterWeights.ThrowIfUnusable();
            model.CheckOptimizer();
            using var scope = NewDisposeScope();
            var mine = ranks?.PartOf(state) ?? state;
            TrainingCheckpoint.Apply(mine, Parts(scheduler), name);
            (Steps, skips.Total, skips.InARow) = mine.Progress;
            DropGradients();
            result?.Expire();
            return new ResumePoint(mine.Progress.Steps, mine.DataPosition);
        }
    }

    private TrainingParts Parts(LRScheduler? scheduler) => new(module, MasterWeights, Optimizer, Scaler, scheduler);

    private void DropGradients()
    {
        Owner.Clear();
        EndIteration();
    }

    private void EndIteration()
    {
        microBatches = 0;
        directSteps?.Forget();
        Scaler.BeginIteration();
    }

    private void AddToLossSum(Tensor loss)
    {
        using var _ = no_grad();
        using var value = Lifetime.After(loss.detach(), loss);
        var sum = microBatches == 0 ? value.to(ScalarType.Float32, copy: true) : lossSum!.add(value, Scalars.One);
        lossSum?.Dispose();
        lossSum = sum.DetachFromDisposeScope();
    }

    private void ThrowSkipped(int inARow)
    {
        var finding = FindNonFinite();
        var remedy = Scaler.is_enabled()
            ? $"The loss scale is {Scaler.state_dict()["scale"]:R}; below 1 it is not scaling that overflows. "
            : "Nothing is scaled here, so it is not scaling that overflows. ";
        throw new NonFiniteGradientException(
            inARow,
            finding,
            $"{inARow} steps in a row were skipped because gradients were not finite; in the last one "
            + $"{finding?.ToString() ?? "the gradients are finite and their common norm, which clipping needs, is not"}. {remedy}Check "
            + "that place, the data and the learning rate; FindNonFinite(() => loss) names the module. The weights are those of the "
            + "last step that was applied.");
    }
}
