using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// How many non-finite steps the scaler tolerates before it backs off: counted down by each, refilled only when the scale
/// grows, and not while it keeps falling (megatron/core/optimizer/grad_scaler.py, DynamicGradScaler). On the device, without
/// waiting for it.
/// </summary>
internal sealed class Hysteresis(int tolerance, Device device) : IDisposable
{
    private readonly Scalar whole = tolerance;
    private readonly Tensor left = Counter(tolerance, device);

    /// <summary>What is left of the tolerance; reading waits for the device, setting does not.</summary>
    public int Left
    {
        get => (int)left.item<float>();
        set
        {
            using Scalar number = value;
            left.fill_(number);
        }
    }

    /// <summary>Does an update of the scale, and takes its backoff back while the tolerance lasts.</summary>
    /// <param name="scale">The scale.</param>
    /// <param name="growthTracker">0 after an update without a non-finite gradient means that the interval was reached.</param>
    /// <param name="foundInf">More than 0 where a gradient was not finite.</param>
    /// <param name="update">Does PyTorch's update.</param>
    public void Apply(Tensor scale, Tensor growthTracker, Tensor foundInf, Action update)
    {
        using var scope = NewDisposeScope();
        var found = foundInf.gt(Scalars.Zero);
        left.sub_(found.to(float32)).clamp_min_(Scalars.Zero);
        var before = scale.clone();
        update();
        scale.copy_(where(found.logical_and(left.gt(Scalars.Zero)), before, scale));
        left.masked_fill_(found.logical_not().logical_and(growthTracker.eq(Scalars.Zero)), whole);
        GC.KeepAlive(scale);
        GC.KeepAlive(foundInf);
        GC.KeepAlive(growthTracker);
    }

    private static Tensor Counter(int start, Device device)
    {
        using Scalar value = start;
        return full([], value, dtype: float32, device: device).DetachFromDisposeScope();
    }

    public void Dispose()
    {
        left.Dispose();
        whole.Dispose();
    }
}
