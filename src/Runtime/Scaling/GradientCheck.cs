using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Unscales gradients and looks for infinities and NaNs, with at most one native call for each device and dtype.</summary>
internal static class GradientCheck
{
    /// <summary>Multiplies the gradients in place and tells whether one is not finite.</summary>
    /// <param name="gradients">Dense floating tensors, at least one; of any devices and dtypes.</param>
    /// <param name="invScale">The factor: one Float32 number; with 1 the gradients are only checked.</param>
    /// <returns>1 if a gradient held an infinity or a NaN, else 0: one Float32 number on the device of <paramref name="invScale"/>.</returns>
    /// <exception cref="ArgumentException">A gradient is not floating, or is null or sparse.</exception>
    /// <exception cref="ObjectDisposedException">A gradient is disposed.</exception>
    public static Tensor UnscaleAndCheck(IReadOnlyList<Tensor> gradients, Tensor invScale)
    {
        Tensors.Check(gradients, nameof(gradients));
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var foundInfs = new Dictionary<(DeviceType, int), (Tensor FoundInf, Tensor InvScale)>();
        foreach (var group in gradients.GroupBy(static g => (g.device_type, g.device_index, g.dtype)))
        {
            var key = (group.Key.device_type, group.Key.device_index);
            if (!foundInfs.TryGetValue(key, out var onDevice))
            {
                var device = group.First().device;
                onDevice = foundInfs[key] = (zeros([], dtype: float32, device: device), invScale.to(device));
            }

            AmpOperators.NonFiniteCheckAndUnscale_([.. group], onDevice.FoundInf, onDevice.InvScale);
        }

        // The largest, not the sum: a fused kernel skips at exactly 1.
        return foundInfs.Values
            .Select(found => found.FoundInf.to(invScale.device))
            .Aggregate(static (a, b) => Lifetime.After(a.maximum(b), a, b))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Tells whether a gradient is not finite, without changing any.</summary>
    /// <param name="gradients">Dense floating tensors, at least one; of any devices and dtypes.</param>
    /// <returns>1 if a gradient held an infinity or a NaN, else 0: one Float32 number on the first gradient's device.</returns>
    /// <exception cref="ArgumentException">A gradient is not floating, or is null or sparse.</exception>
    /// <exception cref="ObjectDisposedException">A gradient is disposed.</exception>
    public static Tensor Check(IReadOnlyList<Tensor> gradients)
    {
        Tensors.Check(gradients, nameof(gradients));
        if (NonFiniteKernel.TryFind(gradients) is { } found)
        {
            return found;
        }

        using var one = ones([], dtype: float32, device: gradients[0].device);
        return UnscaleAndCheck(gradients, one);
    }
}
