using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
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
public sealed partial class MixedPrecisionTraining : IDisposable
{
    private readonly nn.Module module;
    private readonly MixedPrecisionTrainingOptions options;
    private readonly List<MasterWeight> optimized;
    private readonly List<(IMixedPrecisionModule Module, PrecisionPolicy Policy)> policies;
    private readonly SkipCounter skips;
    private readonly Dictionary<Parameter, Parameter>? stepped;
    private StepResult? result;
    private Tensor? lossSum;
    private int microBatches;
    private bool gradientsAreSpent;
    private bool disposed;

    private MixedPrecisionTraining(
        nn.Module module, MasterWeights masters, Optimizer optimizer, List<MasterWeight> optimized, GradScaler scaler,
        MixedPrecisionTrainingOptions options)
    {
        this.module = module;
        this.options = options;
        this.optimized = optimized;
        policies = [.. Annotated(module).Select(static part => (part, part.PrecisionPolicy))];
        skips = new SkipCounter(optimized[0].Master.device, options.MaxSkippedInARow);
        stepped = SteppedByKernel(optimizer, optimized);
        MasterWeights = masters;
        Optimizer = optimizer;
        Scaler = scaler;
    }

    /// <summary>The optimizer that the factory made, for learning-rate schedulers.</summary>
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

    /// <summary>
    /// Prepares a model for training: stores it as its policy says, makes the masters and the optimizer. Move the model to its
    /// device, load its weights and freeze what shall not be trained before.
    /// </summary>
    /// <param name="module">The model.</param>
    /// <param name="optimizerFactory">
    /// Makes the optimizer, TorchSharp's or one of <c>Precision.Optim</c>, over all or some of the (name, parameter) pairs that it
    /// gets: for each trainable parameter its float32 master, or itself where it is not 16-bit; names as in <c>state_dict</c>.
    /// </param>
    /// <param name="options">Null = the defaults.</param>
    /// <returns>The training; disposing it disposes masters, scaler and optimizer, not the model.</returns>
    /// <exception cref="InvalidOperationException">
    /// A class is annotated and was compiled without the generator; nothing is trainable; the factory made an optimizer over other
    /// parameters, or over none.
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
        var masters = MasterWeights.Create(module);
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
            var optimized = Optimized(optimizer, masters);
            return new MixedPrecisionTraining(
                module, masters, optimizer, optimized, options.Scaler ?? new GradScaler(enabled: NeedsScaling(module)), options);
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
    /// calls before one step are micro-batches: as in PyTorch their gradients are summed, so that a mean over all of them needs
    /// <c>loss / count</c>. The gradients of 16-bit parameters are summed in float32, with their masters; those of a single one may
    /// stay with the model until the step, which on a GPU <see cref="FusedAdam"/> and <see cref="FusedAdamW"/> make from there; who wants
    /// to look at them or change them with the masters calls <see cref="MasterWeights.CopyGradients"/> in between.
    /// </summary>
    /// <param name="loss">One floating number with a graph; its graph is freed.</param>
    /// <exception cref="ArgumentException">Not one number, without a graph, or of a dtype in which a loss is not exact enough.</exception>
    /// <exception cref="InvalidOperationException">
    /// The model's policy was changed or its parameters were replaced after the training was made.
    /// </exception>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">
    /// libtorch cannot go back through the graph (freed by an earlier backward, for example). The gradients since the last step are
    /// dropped.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The training, or the loss, is disposed.</exception>
    public void Backward(Tensor loss)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Tensors.Check(loss, nameof(loss));
        CheckLoss(loss);
        MasterWeights.ThrowIfUnusable();
        ThrowIfPolicyChanged();
        if (gradientsAreSpent)
        {
            ClearGradients();
        }

        using var scope = NewDisposeScope();
        try
        {
            if (GradientsAreOfModel)
            {
                MasterWeights.CopyGradients();
            }

            Scaler.scale(loss).backward();
            if (stepped is not null && microBatches == 0)
            {
                MasterWeights.CheckGradients();
            }
            else
            {
                MasterWeights.CopyGradients(accumulate: microBatches > 0);
            }
        }
        catch
        {
            // Some gradients have this loss's part and some have not: none can be used.
            ClearGradients();
            microBatches = 0;
            throw;
        }

        AddToLossSum(loss);
        microBatches++;
    }

    /// <summary>
    /// Updates the weights by the gradients since the last step, unless one of them is infinite or NaN. Gradients need no
    /// clearing: the next <see cref="Backward"/> starts anew.
    /// </summary>
    /// <param name="maxGradNorm">
    /// Shrinks the gradients so that their common 2-norm is at most this (<c>torch.nn.utils.clip_grad_norm_</c>, in float32, after
    /// unscaling, on the device); null = no clipping.
    /// </param>
    /// <returns>What was done, read when asked for; valid until the next step.</returns>
    /// <exception cref="InvalidOperationException">
    /// No <see cref="Backward"/> since the last step, or it reached no optimized parameter; weights were loaded into the model
    /// (<see cref="MasterWeights.CopyFromModel"/>), or its parameters were replaced.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxGradNorm"/> is not above 0.</exception>
    /// <exception cref="NonFiniteGradientException">
    /// Too many steps in a row were skipped. On a GPU this is looked at once in that many steps, because looking waits for it.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public StepResult Step(double? maxGradNorm = null)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (maxGradNorm is { } norm && !(norm > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(maxGradNorm), norm, "The largest norm must be above 0; leave it out to step without clipping.");
        }

        if (microBatches == 0)
        {
            throw new InvalidOperationException(
                gradientsAreSpent
                    ? "Step() has been called already for these gradients. Call Backward(loss) before each Step()."
                    : "Step() was called before Backward(loss): there are no gradients. Call Backward(loss) first, not loss.backward().");
        }

        MasterWeights.ThrowIfUnusable();
        MasterWeights.ThrowIfModelChanged();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var gradients = Gradients();
        if (gradients.Count == 0)
        {
            throw new InvalidOperationException(
                "No parameter of the optimizer got a gradient: the loss does not depend on them. Look for detach(), no_grad() or frozen "
                + "parameters between the model and the loss.");
        }

        var foundInf = CheckGradients(gradients, out var lossScale);
        var divisor = GradientsAreOfModel ? lossScale : null;
        var gradientNorm = maxGradNorm is { } limit ? Clip(gradients, limit, foundInf, ref divisor) : null;
        Update(foundInf, divisor);
        Scaler.update();
        if (GradientsAreOfModel)
        {
            MasterWeights.NoteStep(stepped!);
        }
        else
        {
            MasterWeights.CopyToModel();
        }

        result?.Expire();
        result = new StepResult(foundInf.clone(), lossScale, gradientNorm);
        Steps++;
        microBatches = 0;
        gradientsAreSpent = true;
        if (skips.Count(foundInf, Optimizer is not FusedOptimizer) is { } inARow)
        {
            ThrowSkipped(inARow);
        }

        return result;
    }

    /// <summary>
    /// Drops the gradients and frees their memory. Never needed, since <see cref="Backward"/> starts anew after a step; called before
    /// the forward it lowers the peak of memory, which a large model reaches at the end of its forward.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public void zero_grad()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ClearGradients();
        foreach (var weight in MasterWeights.Weights)
        {
            weight.FreeGradient();
        }

        microBatches = 0;
    }

    /// <summary>Frees masters, scaler and optimizer. The model keeps its parameters.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        ClearGradients();
        result?.Expire();
        lossSum?.Dispose();
        skips.Dispose();
        Optimizer.Dispose();
        Scaler.Dispose();
        MasterWeights.Dispose();
    }

    private static IEnumerable<IMixedPrecisionModule> Annotated(nn.Module module)
        => module.modules().Prepend(module).Distinct().OfType<IMixedPrecisionModule>();

    // Gradients of a Float16 region or of Float16 parameters pass through Float16, in which small ones are 0.
    private static bool NeedsScaling(nn.Module module)
    {
        var device = module.parameters().First().device;
        return module.parameters().Any(static parameter => parameter.dtype is ScalarType.Float16)
            || Annotated(module).Any(part => part.PrecisionPolicy.Compute switch
            {
                Dtype.Auto => DtypeResolver.Resolve(device).Dtype is Dtype.Float16,
                var compute => compute is Dtype.Float16,
            });
    }

    private static List<MasterWeight> Optimized(Optimizer optimizer, MasterWeights masters)
    {
        if (optimizer is LBFGS)
        {
            throw new NotSupportedException(
                "LBFGS evaluates the loss several times in one step, which gradients that are scaled, checked and clipped once do not "
                + "allow. Train with another optimizer.");
        }

        var weights = new Dictionary<Parameter, MasterWeight>(ReferenceEqualityComparer.Instance);
        foreach (var weight in masters.Weights)
        {
            weights.Add(weight.Master, weight);
        }

        var optimized = optimizer.parameters()
            .Select(parameter => weights.GetValueOrDefault(parameter) ?? throw new InvalidOperationException(
                "The optimizer was made over parameters other than those that the factory was given. Use the factory's argument "
                + "(named => new FusedAdamW(named)), not model.parameters(): those of 16-bit models are not the masters."))
            .ToList();
        return optimized.Count > 0
            ? optimized
            : throw new InvalidOperationException("The optimizer that the factory made has no parameters.");
    }

    private void CheckLoss(Tensor loss)
    {
        if (loss.numel() != 1)
        {
            throw new ArgumentException(
                $"The loss has the shape [{string.Join(", ", loss.shape)}]: gradients are those of one number. Reduce it with mean() or sum().",
                nameof(loss));
        }

        var dtype = loss.dtype;
        var isExactEnough = dtype is ScalarType.Float32 or ScalarType.Float64
            || (dtype is ScalarType.BFloat16 && policies.Any(static part => part.Policy.Output is Dtype.BFloat16));
        if (!isExactEnough)
        {
            throw new ArgumentException(
                dtype.Is16Bit()
                    ? $"The loss is {dtype}: it would be rounded to {(dtype is ScalarType.Float16 ? "11, and overflow when it is scaled" : "8")} "
                        + "significant bits. Compute it from float32 logits (logits.to(ScalarType.Float32)); a bfloat16 loss is accepted "
                        + "where the policy's Output is BFloat16."
                    : $"The loss is {dtype}, which has no gradients: it must be Float32.",
                nameof(loss));
        }

        if (!loss.requires_grad)
        {
            throw new ArgumentException(
                "The loss has no graph: it was detached, computed under no_grad() or from frozen parameters only, or its value was read and "
                + "made a tensor again.",
                nameof(loss));
        }
    }

    private void ThrowIfPolicyChanged()
    {
        foreach (var (part, policy) in policies)
        {
            if (part.PrecisionPolicy != policy)
            {
                throw new InvalidOperationException(
                    $"The policy of {part.GetType().Name} was changed after the training was made ({policy} to {part.PrecisionPolicy}): masters "
                    + "and scaler are those of the old one. Set PrecisionPolicy first, then call MixedPrecisionTraining.Create.");
            }
        }
    }

    /// <summary>
    /// Whether the gradients of 16-bit parameters still lie with the model: those of one micro-batch do until the step, where a kernel
    /// reads them there. Those of several are summed in float32.
    /// </summary>
    private bool GradientsAreOfModel => stepped is not null && microBatches == 1;

    /// <summary>The model's 16-bit parameters by master, where the optimizer has a kernel that reads their gradients; else null.</summary>
    private static Dictionary<Parameter, Parameter>? SteppedByKernel(Optimizer optimizer, List<MasterWeight> optimized)
    {
        if (optimizer is not FusedOptimizer { CanStepModels: true })
        {
            return null;
        }

        var models = optimized.FindAll(static weight => !weight.IsOwnMaster);
        return models.Count > 0 && models.TrueForAll(static weight => weight.FitsKernels)
            ? models.ToDictionary<MasterWeight, Parameter, Parameter>(
                static weight => weight.Master, static weight => weight.Model, ReferenceEqualityComparer.Instance)
            : null;
    }

    private List<Tensor> Gradients()
    {
        var gradients = new List<Tensor>(optimized.Count);
        foreach (var weight in optimized)
        {
            if (weight.Gradient is { } gradient)
            {
                gradients.Add(gradient);
            }
        }

        return gradients;
    }

    /// <summary>Unscales the gradients, unless a kernel does that reading them; 1 where one is infinite or NaN, else 0.</summary>
    private Tensor CheckGradients(IReadOnlyList<Tensor> gradients, out Tensor? lossScale)
    {
        if (!Scaler.is_enabled())
        {
            lossScale = null;
            return GradientCheck.Check(gradients);
        }

        using var one = ones([], dtype: float32, device: gradients[0].device);
        lossScale = Scaler.scale(one);
        if (GradientsAreOfModel)
        {
            Scaler.Check(Optimizer, gradients);
        }
        else
        {
            Scaler.Unscale(Optimizer, gradients);
        }

        return Scaler.FoundInf(Optimizer);
    }

    // A skipped step leaves the gradients as they came, so that the first non-finite one can be named.
    private Tensor Clip(IReadOnlyList<Tensor> gradients, double maxGradNorm, Tensor foundInf, ref Tensor? divisor)
    {
        var norm = ScriptedForeach.TotalNorm(gradients);
        norm = divisor is null ? norm : norm / divisor;
        using Scalar limit = maxGradNorm;
        using Scalar epsilon = 1e-6;
        var factor = norm.add(epsilon).reciprocal().mul(limit).clamp_max(Scalars.One).to(ScalarType.Float32);
        factor = factor.masked_fill_(foundInf.gt(Scalars.Zero), Scalars.One);
        if (GradientsAreOfModel)
        {
            divisor = divisor is null ? factor.reciprocal() : divisor / factor;
        }
        else
        {
            Foreach.Mul_(gradients, factor);
        }

        return norm;
    }

    private void Update(Tensor foundInf, Tensor? divisor)
    {
        if (Optimizer is FusedOptimizer fused)
        {
            // The user's own divisor stays one.
            var own = fused.grad_scale;
            fused.grad_scale = divisor is null || own is null ? divisor ?? own : divisor * own.to(divisor.device);
            (fused.found_inf, fused.Models) = (foundInf, GradientsAreOfModel ? stepped : null);
            try
            {
                fused.step();
            }
            finally
            {
                (fused.grad_scale, fused.found_inf, fused.Models) = (own, null, null);
            }
        }
        else if (foundInf.item<float>() == 0)
        {
            Optimizer.step();
        }
    }

    private void AddToLossSum(Tensor loss)
    {
        using var _ = no_grad();
        var sum = microBatches == 0 ? loss.detach().to(ScalarType.Float32, copy: true) : lossSum!.add(loss, Scalars.One);
        lossSum?.Dispose();
        lossSum = sum.DetachFromDisposeScope();
    }

    private void ClearGradients()
    {
        foreach (var weight in MasterWeights.Weights)
        {
            weight.ClearGradient();
        }

        gradientsAreSpent = false;
    }
}
