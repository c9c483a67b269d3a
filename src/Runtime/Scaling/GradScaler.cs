using System.Runtime.CompilerServices;
using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <summary>
/// Dynamic loss scaling, which Float16 training needs: gradients below 6e-8 would be 0 in Float16, so the loss is
/// multiplied by a factor and the gradients are divided by it. PyTorch's names and semantics (torch/amp/grad_scaler.py).
/// </summary>
/// <remarks>
/// Beyond PyTorch: the scale has a floor, hysteresis is an option, and <see cref="WasSkipped"/> reports a skip. The scale lives
/// on the device of the first tensor that is scaled. With a <see cref="FusedOptimizer"/> nothing waits for the device until
/// something is read; with another optimizer <see cref="step"/> must wait once, to know whether to run it. Not for use by
/// several threads at once.
/// </remarks>
/// <example><code>
/// using var scaler = new GradScaler();
/// optimizer.zero_grad();
/// scaler.scale(loss).backward();
/// scaler.unscale_(optimizer);   // only to read or clip the gradients
/// torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
/// scaler.step(optimizer);
/// scaler.update();
/// </code></example>
public sealed class GradScaler : IDisposable
{
    /// <summary>
    /// The default floor, Float16's smallest number: backward starts from a gradient as large as the scale, which below it is
    /// 0 in Float16.
    /// </summary>
    private const double SmallestFloat16 = 1.0 / (1 << 24);

    private readonly bool enabled;

    // An optimizer that nobody else holds is forgotten here too.
    private readonly ConditionalWeakTable<Optimizer, ScaledOptimizer> optimizers = [];
    private ScalePolicy policy;
    private ScaleSnapshot initial;
    private ScaleState? state;
    private bool disposed;

    /// <summary>How often a loss was scaled, or the scale was read so that somebody may have done it.</summary>
    private long scalings;

    /// <summary>What <see cref="scalings"/> was at the last update; -1 before the first one.</summary>
    private long scalingsAtUpdate = -1;

    /// <summary>Makes a scaler.</summary>
    /// <param name="init_scale">The first scale.</param>
    /// <param name="growth_factor">What the scale is multiplied by after <paramref name="growth_interval"/> good steps in a row; above 1.</param>
    /// <param name="backoff_factor">What it is multiplied by after a non-finite gradient; between 0 and 1.</param>
    /// <param name="growth_interval">The number of good steps in a row, at least 1.</param>
    /// <param name="enabled">False makes every method pass through, and <see cref="step"/> the optimizer's own.</param>
    /// <param name="min_scale">
    /// The floor: the scale never falls below it. If a gradient is not finite there, <see cref="get_scale"/>, <see cref="WasSkipped"/>
    /// and <see cref="step"/> say so with an exception. 0 = no floor, as PyTorch.
    /// </param>
    /// <param name="hysteresis">
    /// How many steps with non-finite gradients it takes to back off for the first time after the scale has grown; from then on
    /// each backs off (Megatron-LM's semantics). 1 = each, as PyTorch.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An enabled scaler cannot work with the value.</exception>
    public GradScaler(
        double init_scale = 65536, double growth_factor = 2, double backoff_factor = 0.5, int growth_interval = 2000,
        bool enabled = true, double min_scale = SmallestFloat16, int hysteresis = 1)
    {
        this.enabled = enabled;
        policy = new ScalePolicy(growth_factor, backoff_factor, growth_interval, min_scale, hysteresis);
        initial = new ScaleSnapshot(init_scale, policy, 0, hysteresis);
        if (enabled)
        {
            (policy with { Floor = 0 }).CheckScale(init_scale, nameof(init_scale));
            ScalePolicy.CheckGrowth(growth_factor, nameof(growth_factor));
            ScalePolicy.CheckBackoff(backoff_factor, nameof(backoff_factor));
            ArgumentOutOfRangeException.ThrowIfLessThan(growth_interval, 1);
            ArgumentOutOfRangeException.ThrowIfLessThan(hysteresis, 1);
            if (!(min_scale >= 0 && min_scale < init_scale))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(min_scale), min_scale, $"The floor must be at least 0 and below the initial scale {init_scale}.");
            }
        }
    }

    /// <summary>Multiplies a loss by the scale. The first call puts the scale on the tensor's device.</summary>
    /// <param name="outputs">A floating tensor of any shape.</param>
    /// <returns>A new tensor, with a graph to <paramref name="outputs"/>; disabled: <paramref name="outputs"/> itself.</returns>
    /// <exception cref="ArgumentException">The tensor is not floating.</exception>
    /// <exception cref="ObjectDisposedException">The tensor or the scaler is disposed.</exception>
    public Tensor scale(Tensor outputs)
    {
        if (!enabled)
        {
            return outputs;
        }

        Tensors.Check(outputs, nameof(outputs));
        if (!outputs.is_floating_point())
        {
            throw new ArgumentException($"A loss of dtype {outputs.dtype} has no gradients to scale: it must be floating.", nameof(outputs));
        }

        scalings++;
        var scale = RequireOn(outputs.device).Scale;
        if (IsOn(scale, outputs))
        {
            return Lifetime.After(outputs * scale, outputs, scale);
        }

        using var onDevice = Lifetime.After(scale.to(outputs.device), scale);
        return Lifetime.After(outputs * onDevice, outputs);
    }

    /// <summary>Multiplies several losses by the scale.</summary>
    /// <param name="outputs">Floating tensors of any shapes and devices.</param>
    /// <returns>New tensors in the same order; disabled: <paramref name="outputs"/> itself.</returns>
    /// <exception cref="ArgumentException">A tensor is not floating.</exception>
    /// <exception cref="ObjectDisposedException">A tensor or the scaler is disposed.</exception>
    public IEnumerable<Tensor> scale(IEnumerable<Tensor> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        return enabled ? [.. outputs.Select(scale)] : outputs;
    }

    /// <summary>
    /// Divides the gradients of an optimizer's parameters by the scale, in place, so that they can be read or clipped. Optional:
    /// <see cref="step"/> does it otherwise. Call it after the last <c>backward</c> that adds to these gradients.
    /// </summary>
    /// <param name="optimizer">The optimizer whose parameters' gradients are unscaled.</param>
    /// <exception cref="InvalidOperationException">
    /// Nothing was scaled yet; the gradients are unscaled already; the optimizer has stepped already; a parameter was replaced; a
    /// gradient is Float16.
    /// </exception>
    /// <exception cref="ArgumentException">A gradient that was put into <c>.grad</c> has another shape, dtype or device than its parameter.</exception>
    /// <exception cref="ObjectDisposedException">The scaler or the optimizer is disposed.</exception>
    public void unscale_(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        if (!enabled)
        {
            return;
        }

        DisposedOptimizer.ThrowIf(optimizer);
        ReplacedParameters.ThrowIf(optimizer);
        var scale = Require(nameof(unscale_), optimizer);
        OptimizerOf(optimizer).Unscale(scale, scalings);
    }

    /// <summary>
    /// Runs an optimizer's step, on unscaled gradients, unless one of them is not finite: then the weights stay as they are.
    /// </summary>
    /// <param name="optimizer">The optimizer. A <see cref="FusedOptimizer"/> decides on the device.</param>
    /// <param name="closure">Only for a disabled scaler.</param>
    /// <returns>What the optimizer's step returned; null when it was skipped.</returns>
    /// <exception cref="InvalidOperationException">
    /// Nothing was scaled yet; the optimizer has stepped already; no parameter has a gradient; a parameter was replaced after the
    /// optimizer was made; a gradient is Float16 and the optimizer not fused; a closure.
    /// </exception>
    /// <exception cref="ArgumentException">A gradient that was put into <c>.grad</c> has another shape, dtype or device than its parameter.</exception>
    /// <exception cref="ArithmeticException">A gradient is not finite though the scale is at its floor; only an optimizer that is not fused tells here.</exception>
    /// <exception cref="ObjectDisposedException">The scaler or the optimizer is disposed.</exception>
    public Tensor? step(Optimizer optimizer, Func<Tensor>? closure = null)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        DisposedOptimizer.ThrowIf(optimizer);
        ReplacedParameters.ThrowIf(optimizer);
        if (!enabled)
        {
            return optimizer.step(closure);
        }

        if (closure is not null)
        {
            throw new InvalidOperationException(
                "step() cannot take a closure while loss scaling is on: the closure's gradients would come after the check. Compute "
                + "the loss and call backward() before step(), or disable the scaler.");
        }

        var scale = Require(nameof(step), optimizer);
        return OptimizerOf(optimizer).Step(scale, scalings, onFoundInf: () => ThrowIfAtFloor(ReadScale()));
    }

    /// <summary>
    /// Adapts the scale to what the steps since the last update found: backs off if any gradient was not finite, else counts a
    /// good step and grows when the interval is reached, unless Float32 cannot hold the new scale. Call it once, after the steps
    /// of all optimizers.
    /// </summary>
    /// <exception cref="InvalidOperationException">Nothing was scaled, or no gradient was checked, since the last update.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public void update()
    {
        if (!enabled)
        {
            return;
        }

        var current = Require(nameof(update));
        using var scope = NewDisposeScope();
        var found = optimizers.Where(static entry => entry.Value.IsChecked).Select(static entry => entry.Value.FoundInf!).ToList();
        if (found.Count == 0)
        {
            throw NothingChecked();
        }

        current.Update(found.Aggregate(static (a, b) => Lifetime.After(a.maximum(b), a, b)), policy);
        scalingsAtUpdate = scalings;
        BeginIteration();
    }

    /// <summary>Sets the scale, and begins a new iteration.</summary>
    /// <param name="new_scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not positive and finite in Float32, or below the floor.</exception>
    /// <exception cref="InvalidOperationException">Nothing was scaled yet.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public void update(double new_scale)
    {
        if (!enabled)
        {
            return;
        }

        policy.CheckScale(new_scale, nameof(new_scale));
        Require(nameof(update)).Set(new_scale);
        BeginIteration();
    }

    /// <summary>Copies the scale from a tensor, without waiting for the device, and begins a new iteration.</summary>
    /// <param name="new_scale">One floating number that requires no gradient, on a device of the scale's type.</param>
    /// <exception cref="ArgumentException">Another tensor.</exception>
    /// <exception cref="InvalidOperationException">Nothing was scaled yet.</exception>
    /// <exception cref="ObjectDisposedException">The tensor or the scaler is disposed.</exception>
    public void update(Tensor new_scale)
    {
        if (!enabled)
        {
            return;
        }

        Tensors.Check(new_scale, nameof(new_scale));
        var current = Require(nameof(update));
        var scale = current.Scale;
        if (new_scale.device_type != scale.device_type || new_scale.numel() != 1 || new_scale.requires_grad
            || !new_scale.is_floating_point())
        {
            throw new ArgumentException(
                $"The new scale must be one floating number on {scale.device_type} that requires no gradient.", nameof(new_scale));
        }

        using var one = Lifetime.After(new_scale.reshape([]), new_scale);
        current.Set(one);
        BeginIteration();
    }

    /// <summary>The scale; 1 when disabled. Waits for the device.</summary>
    /// <exception cref="ArithmeticException">The last update found a non-finite gradient, and the scale is at its floor.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public double get_scale()
    {
        scalings++;
        var scale = ReadScale();
        if (state is { HasBackedOff: true })
        {
            ThrowIfAtFloor(scale);
        }

        return scale;
    }

    /// <summary>Whether the scaler scales.</summary>
    public bool is_enabled() => enabled;

    /// <summary>Whether the last <see cref="step"/> of an optimizer was skipped. Waits for the device; false when disabled.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <exception cref="InvalidOperationException">The optimizer has not stepped with this scaler.</exception>
    /// <exception cref="ArithmeticException">It was skipped, and the scale has fallen to its floor.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public bool WasSkipped(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        if (!enabled)
        {
            return false;
        }

        var foundInf = FoundInf(optimizer);
        var skipped = Lifetime.After(foundInf.item<float>(), foundInf) != 0;
        if (skipped)
        {
            ThrowIfAtFloor(ReadScale());
        }

        return skipped;
    }

    /// <summary>Frees the scale.</summary>
    public void Dispose()
    {
        disposed = true;
        state?.Dispose();
        state = null;
        foreach (var (_, optimizer) in optimizers)
        {
            optimizer.Dispose();
        }

        optimizers.Clear();
    }

    /// <summary>What the scale is multiplied by to grow.</summary>
    public double get_growth_factor() => policy.Growth;

    /// <summary>Sets what the scale is multiplied by to grow.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above 1.</exception>
    public void set_growth_factor(double new_factor)
    {
        ScalePolicy.CheckGrowth(new_factor, nameof(new_factor));
        policy = policy with { Growth = new_factor };
    }

    /// <summary>What the scale is multiplied by to back off.</summary>
    public double get_backoff_factor() => policy.Backoff;

    /// <summary>Sets what the scale is multiplied by to back off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not between 0 and 1.</exception>
    public void set_backoff_factor(double new_factor)
    {
        ScalePolicy.CheckBackoff(new_factor, nameof(new_factor));
        policy = policy with { Backoff = new_factor };
    }

    /// <summary>How many good steps in a row make the scale grow.</summary>
    public int get_growth_interval() => policy.Interval;

    /// <summary>
    /// Sets how many good steps in a row make the scale grow. It grows when the count equals the interval: set below the
    /// present count, it does not grow before the next backoff has reset the count (as in PyTorch).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public void set_growth_interval(int new_interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(new_interval, 1);
        policy = policy with { Interval = new_interval };
    }

    /// <summary>
    /// The scale, the options, and <c>_growth_tracker</c>, the number of good steps in a row; with hysteresis also
    /// <c>_hysteresis_tracker</c>. Empty when disabled. Waits for the device. Take it after <see cref="update()"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public Dictionary<string, double> state_dict()
    {
        if (!enabled)
        {
            return [];
        }

        var scale = ReadScale();
        return new ScaleSnapshot(
            scale, policy, state?.GrowthTracker.item<int>() ?? initial.GrowthTracker, state?.HysteresisLeft ?? initial.HysteresisLeft)
            .ToDictionary();
    }

    /// <summary>Takes over what another scaler's <see cref="state_dict"/> gave. Does nothing when disabled.</summary>
    /// <param name="state_dict">The state.</param>
    /// <exception cref="ArgumentException">
    /// The state is empty (from a disabled scaler), lacks an entry, or holds a value that cannot be, such as a scale below this
    /// scaler's floor; nothing is changed then.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, double> state_dict)
    {
        ArgumentNullException.ThrowIfNull(state_dict);
        if (!enabled)
        {
            return;
        }

        ObjectDisposedException.ThrowIf(disposed, this);
        initial = Checked(state_dict);
        policy = initial.Policy;
        state?.Set(initial.Scale, initial.GrowthTracker, initial.HysteresisLeft);
        BeginIteration();
    }

    /// <summary>Reads a state without taking it over.</summary>
    /// <exception cref="ArgumentException">As <see cref="load_state_dict"/>.</exception>
    internal ScaleSnapshot Checked(IReadOnlyDictionary<string, double> state_dict)
        => ScaleSnapshot.Of(state_dict, policy, nameof(state_dict));

    /// <summary>A copy of the scale, on the scale's device, for somebody who scales and unscales; null when disabled.</summary>
    /// <param name="device">Where the scale is put if nothing has been scaled yet.</param>
    internal Tensor? CopyScale(Device device)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return enabled ? RequireOn(device).Scale.clone() : null;
    }

    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(disposed, this);

    /// <summary>Whether unscale_ or step was called for an optimizer since the last update.</summary>
    internal bool HasBegun(Optimizer optimizer)
        => optimizers.TryGetValue(optimizer, out var scaled) && scaled.Stage is not OptimizerStage.Ready;

    /// <summary>Forgets the calls since the last update.</summary>
    internal void BeginIteration()
    {
        foreach (var (_, optimizer) in optimizers)
        {
            optimizer.Reset();
        }
    }

    /// <summary>As <see cref="update()"/>, by somebody who unscaled, checked and stepped.</summary>
    /// <param name="optimizer">The optimizer that stepped.</param>
    /// <param name="foundInf">1 where the step was skipped, else 0: one Float32 number.</param>
    internal void Update(Optimizer optimizer, Tensor foundInf)
    {
        if (enabled)
        {
            OptimizerOf(optimizer).NoteStep(Lifetime.After(foundInf.to(Require(nameof(update)).Scale.device, copy: true), foundInf));
            update();
        }
    }

    private Tensor FoundInf(Optimizer optimizer)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return (optimizers.TryGetValue(optimizer, out var scaled) ? scaled.FoundInf : null)
            ?? throw new InvalidOperationException("No gradients of this optimizer were checked by this scaler yet: call step() first.");
    }

    private static bool IsOn(Tensor tensor, Tensor other)
        => tensor.device_type == other.device_type && tensor.device_index == other.device_index;

    private ScaledOptimizer OptimizerOf(Optimizer optimizer) => optimizers.GetValue(optimizer, static key => new ScaledOptimizer(key));

    private ScaleState RequireOn(Device device)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return state ??= new ScaleState(device, initial);
    }

    /// <summary>The scale, for an optimizer whose gradients are to be divided by it.</summary>
    /// <exception cref="InvalidOperationException">No loss was scaled since the last update.</exception>
    private ScaleState Require(string method, Optimizer optimizer)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var name = optimizer.GetType().Name;
        var isStale = scalings == scalingsAtUpdate && OptimizerOf(optimizer).Stage is OptimizerStage.Ready;
        if (isStale && !OptimizerOf(optimizer).SteppedBefore)
        {
            throw ProtocolFault.Error(RuleIdentifiers.CalledTwice, ProtocolMessages.UpdatedBetweenSteps, nameof(GradScaler), name);
        }

        return !isStale && state is not null ? state
            : throw ProtocolFault.Error(RuleIdentifiers.ScalerIsBypassed, ProtocolMessages.BackwardPastScaler, nameof(GradScaler), method, name);
    }

    /// <summary>What is wrong with an update: it is the second one in a row, or the optimizer did not step with this scaler.</summary>
    private InvalidOperationException NothingChecked() => scalings == scalingsAtUpdate
        ? ProtocolFault.Error(RuleIdentifiers.CalledTwice, ProtocolMessages.CalledTwice, $"{nameof(GradScaler)}.{nameof(update)}")
        : new InvalidOperationException(
            "No gradients were checked since the last update(). "
            + ProtocolFault.Text(RuleIdentifiers.ScalerIsBypassed, ProtocolMessages.SteppedPastScaler, "optimizer", nameof(GradScaler))
            + " Or " + ProtocolFault.Text(RuleIdentifiers.EachMicroBatch, ProtocolMessages.EachMicroBatch, nameof(GradScaler), nameof(update)));

    private ScaleState Require(string method)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return state ?? throw new InvalidOperationException(
            $"{method}() was called before scale(): nothing has been scaled. Call scaler.scale(loss).backward() first.");
    }

    private double ReadScale()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return !enabled ? 1 : state?.Scale.item<float>() ?? initial.Scale;
    }

    private void ThrowIfAtFloor(double scale)
    {
        if (enabled && scale <= policy.Floor)
        {
            throw new ArithmeticException(
                $"The loss scale has fallen to its floor, {policy.Floor:R}: gradients stay infinite or NaN however small the loss is made. The "
                + "loss or a gradient is not finite for another reason than scaling: look at the data, the learning rate and "
                + "operations that overflow in Float16, or train in BFloat16. update(new_scale) sets another scale.");
        }
    }
}
