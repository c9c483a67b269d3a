using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision;

/// <summary>
/// Dynamic loss scaling, which Float16 training needs: gradients below 6e-8 would be 0 in Float16, so that the loss is
/// multiplied by a factor, and the gradients are divided by it. PyTorch's names and semantics (torch/amp/grad_scaler.py).
/// </summary>
/// <remarks>
/// Beyond PyTorch: the scale has a floor, hysteresis is an option, and <see cref="WasSkipped"/> tells about a skip. The scale lives
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
public sealed partial class GradScaler : IDisposable
{
    /// <summary>
    /// The default floor, Float16's smallest number: backward starts from a gradient as large as the scale, which below it is
    /// 0 in Float16.
    /// </summary>
    private const double SmallestFloat16 = 1.0 / (1 << 24);

    private readonly bool enabled;
    private readonly double minScale;
    private readonly int tolerance;
    private readonly Dictionary<Optimizer, OptimizerRecord> records = new(ReferenceEqualityComparer.Instance);
    private double initialScale;
    private int initialTracker;
    private int initialTolerance;
    private double growthFactor;
    private double backoffFactor;
    private int growthInterval;
    private ScaleState? state;
    private bool disposed;

    /// <summary>Makes a scaler.</summary>
    /// <param name="init_scale">The first scale.</param>
    /// <param name="growth_factor">What the scale is multiplied by after <paramref name="growth_interval"/> good steps in a row; above 1.</param>
    /// <param name="backoff_factor">What it is multiplied by after a non-finite gradient; between 0 and 1.</param>
    /// <param name="growth_interval">The number of good steps in a row, at least 1.</param>
    /// <param name="enabled">False makes every method pass through, and <see cref="step"/> the optimizer's own.</param>
    /// <param name="min_scale">
    /// The floor: the scale never falls below it, and once it is reached, <see cref="get_scale"/>, <see cref="WasSkipped"/> and a
    /// <see cref="step"/> that finds a non-finite gradient say so with an exception. 0 = no floor, as PyTorch.
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
        initialScale = init_scale;
        growthFactor = growth_factor;
        backoffFactor = backoff_factor;
        growthInterval = growth_interval;
        minScale = min_scale;
        tolerance = initialTolerance = hysteresis;
        if (enabled)
        {
            CheckScale(init_scale, nameof(init_scale));
            CheckGrowthFactor(growth_factor, nameof(growth_factor));
            CheckBackoffFactor(backoff_factor, nameof(backoff_factor));
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

        var scale = RequireOn(outputs.device).Scale;
        if (IsOn(scale, outputs))
        {
            return outputs * scale;
        }

        using var onDevice = scale.to(outputs.device);
        return outputs * onDevice;
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
    /// Nothing was scaled yet; the gradients are unscaled already; the optimizer has stepped already; a parameter no longer
    /// exists; a gradient is Float16.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public void unscale_(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        if (!enabled)
        {
            return;
        }

        var record = BeginUnscale(optimizer);
        using var scope = NewDisposeScope();
        Unscale(record, Gradients(optimizer));
    }

    /// <summary>
    /// Runs an optimizer's step, on unscaled gradients, unless one of them is not finite: then the weights stay as they are.
    /// </summary>
    /// <param name="optimizer">The optimizer. A <see cref="FusedOptimizer"/> decides on the device.</param>
    /// <param name="closure">Only for a disabled scaler.</param>
    /// <returns>What the optimizer's step returned; null when it was skipped.</returns>
    /// <exception cref="InvalidOperationException">
    /// Nothing was scaled yet; the optimizer has stepped already; no parameter has a gradient; a parameter no longer exists; a
    /// gradient is Float16 and the optimizer not fused; a closure.
    /// </exception>
    /// <exception cref="ArithmeticException">A gradient is not finite though the scale is at its floor; only an optimizer that is not fused tells here.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public Tensor? step(Optimizer optimizer, Func<Tensor>? closure = null)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
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

        _ = Require(nameof(step));
        var record = RecordOf(optimizer);
        if (record.Stage is OptimizerStage.Stepped)
        {
            throw new InvalidOperationException(
                "step() has already been called on this optimizer since the last update(). Call update() once after the steps of all "
                + "optimizers.");
        }

        return optimizer is FusedOptimizer fused ? StepFused(fused, record) : StepUnfused(optimizer, record);
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
        var found = records.Values.Where(static record => record.IsChecked).Select(static record => record.FoundInf!).ToList();
        if (found.Count == 0)
        {
            throw new InvalidOperationException(
                "No gradients were checked since the last update(). Call step() (or unscale_()) before update().");
        }

        current.Update(
            found.Aggregate(static (a, b) => a.maximum(b)), growthFactor, backoffFactor, growthInterval, minScale);
        ResetRecords();
    }

    /// <summary>Sets the scale, and begins a new iteration.</summary>
    /// <param name="new_scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not positive and finite in Float32.</exception>
    /// <exception cref="InvalidOperationException">Nothing was scaled yet.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public void update(double new_scale)
    {
        if (!enabled)
        {
            return;
        }

        CheckScale(new_scale, nameof(new_scale));
        using Scalar scale = new_scale;
        Require(nameof(update)).Scale.fill_(scale);
        ResetRecords();
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
        var scale = Require(nameof(update)).Scale;
        if (new_scale.device_type != scale.device_type || new_scale.numel() != 1 || new_scale.requires_grad
            || !new_scale.is_floating_point())
        {
            throw new ArgumentException(
                $"The new scale must be one floating number on {scale.device_type} that requires no gradient.", nameof(new_scale));
        }

        using var one = new_scale.reshape([]);
        scale.copy_(one);
        ResetRecords();
    }

    /// <summary>The scale; 1 when disabled. Waits for the device.</summary>
    /// <exception cref="ArithmeticException">The scale has fallen to its floor.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public double get_scale()
    {
        var scale = ReadScale();
        ThrowIfAtFloor(scale);
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

        var skipped = FoundInf(optimizer).item<float>() != 0;
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
        foreach (var record in records.Values)
        {
            record.Dispose();
        }

        records.Clear();
    }

    /// <summary>
    /// As <see cref="unscale_"/>, with gradients that the caller lists: those of master weights, which the optimizer steps on.
    /// </summary>
    /// <param name="optimizer">The optimizer that will step.</param>
    /// <param name="gradients">Dense Float32, BFloat16 or Float64 tensors, at least one.</param>
    internal void Unscale(Optimizer optimizer, IReadOnlyList<Tensor> gradients)
    {
        if (enabled)
        {
            Unscale(BeginUnscale(optimizer), gradients);
        }
    }

    /// <summary>
    /// As <see cref="Unscale(Optimizer, IReadOnlyList{Tensor})"/>, but only checks the gradients: who reads them divides by the scale.
    /// </summary>
    /// <param name="optimizer">The optimizer that will step.</param>
    /// <param name="gradients">Dense floating tensors, at least one.</param>
    internal void Check(Optimizer optimizer, IReadOnlyList<Tensor> gradients)
    {
        if (enabled)
        {
            var record = BeginUnscale(optimizer);
            record.Record(GradientCheck.Check(gradients).to(state!.Scale.device));
            record.Stage = OptimizerStage.Unscaled;
        }
    }

    /// <summary>
    /// What the last check of this optimizer's gradients found: 1 = not finite, 0 = all finite; one Float32 number on the scale's
    /// device, which the next check of this optimizer frees.
    /// </summary>
    /// <exception cref="InvalidOperationException">No gradients of this optimizer were checked yet.</exception>
    internal Tensor FoundInf(Optimizer optimizer)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return records.GetValueOrDefault(optimizer)?.FoundInf
            ?? throw new InvalidOperationException("No gradients of this optimizer were checked by this scaler yet: call step() first.");
    }

    private static bool IsOn(Tensor tensor, Tensor other)
        => tensor.device_type == other.device_type && tensor.device_index == other.device_index;

    private OptimizerRecord RecordOf(Optimizer optimizer)
        => records.TryGetValue(optimizer, out var record) ? record : records[optimizer] = new OptimizerRecord();

    private void ResetRecords()
    {
        foreach (var record in records.Values)
        {
            record.Reset();
        }
    }

    private ScaleState RequireOn(Device device)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return state ??= new ScaleState(device, initialScale, initialTracker, initialTolerance, tolerance);
    }

    private ScaleState Require(string method)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return state ?? throw new InvalidOperationException(
            $"{method}() was called before scale(): nothing has been scaled. Call scaler.scale(loss).backward() first.");
    }

    private double ReadScale()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return !enabled ? 1 : state?.Scale.item<float>() ?? initialScale;
    }

    private void ThrowIfAtFloor(double scale)
    {
        if (enabled && scale <= minScale)
        {
            throw new ArithmeticException(
                $"The loss scale has fallen to its floor, {minScale:R}: gradients stay infinite or NaN however small the loss is made. The "
                + "loss or a gradient is not finite for another reason than scaling: look at the data, the learning rate and "
                + "operations that overflow in Float16, or train in BFloat16. update(new_scale) sets the scale anew.");
        }
    }
}
