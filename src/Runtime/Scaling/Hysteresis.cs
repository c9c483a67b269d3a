using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// How many non-finite steps the scaler tolerates before it backs off: counted down by each, refilled only when the scale
/// grows, and not while it keeps falling (megatron/core/optimizer/grad_scaler.py, DynamicGradScaler). On the device, without
/// waiting for it.
/// </summary>
internal sealed class Hysteresis(int tolerance, Device device) : IDisposable
{
    private readonly Tensor left = full([], tolerance, dtype: float32, device: device).DetachFromDisposeScope();

    /// <summary>What is left of the tolerance; reading waits for the device, setting does not.</summary>
    public int Left
    {
        get => (int)left.item<float>();
        set => left.fill_(value);
    }

    /// <summary>Does an update of the scale, and takes its backoff back while the tolerance lasts.</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="growthTracker">0 after an update without a non-finite gradient means that the interval was reached.</param>
    /// <param name="foundInf">More than 0 where a gradient was not finite.</param>
    /// <param name="update">Does PyTorch's update.</param>
    public void Apply(Tensor scale, Tensor growthTracker, Tensor foundInf, Action update)
    {
        using var scope = NewDisposeScope();
        var found = foundInf.gt(0);
        left.sub_(found.to(float32));
        var before = scale.clone();
        update();
        scale.copy_(where(found.logical_and(left.gt(0)), before, scale));
        left.masked_fill_(found.logical_not().logical_and(growthTracker.eq(0)), tolerance);
    }

    public void Dispose() => left.Dispose();
}
