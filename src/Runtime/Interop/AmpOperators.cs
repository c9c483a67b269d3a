using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>The operators behind loss scaling (aten/src/ATen/native/cuda/AmpKernels.cu and its CPU counterpart).</summary>
internal static class AmpOperators
{
    /// <summary>
    /// Multiplies every tensor by <paramref name="invScale"/>, and sets <paramref name="foundInf"/> to 1 when one of them
    /// holds an infinity or a NaN; it is never set back. With a factor of 1 the tensors are only checked.
    /// </summary>
    /// <param name="tensors">Floating tensors of one device; dtypes may be mixed on a CPU, must be one on a GPU.</param>
    /// <param name="foundInf">One Float32 number on that device.</param>
    /// <param name="invScale">One Float32 number on that device.</param>
    /// <exception cref="ArgumentException">Several devices, a tensor without a floating dtype, or one that is null or sparse.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void NonFiniteCheckAndUnscale_(IReadOnlyList<Tensor> tensors, Tensor foundInf, Tensor invScale)
    {
        Tensors.Check(tensors, nameof(tensors));
        Tensors.CheckOneDevice(tensors, nameof(tensors));
        if (tensors.Count == 0)
        {
            return;
        }

        for (var i = 0; i < tensors.Count; i++)
        {
            var tensor = TensorMetadata.Of(tensors[i], nameof(tensors));
            if (tensor.Dtype is not (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64))
            {
                throw new ArgumentException($"tensors[{i}] is {tensor.ToString()}: only floating tensors can be unscaled.", nameof(tensors));
            }
        }

        var first = TensorMetadata.Of(tensors[0], nameof(tensors));
        Tensors.CheckScalar(foundInf, nameof(foundInf), first);
        Tensors.CheckScalar(invScale, nameof(invScale), first);
        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(tensors);
        call.Add(foundInf);
        call.Add(invScale);
        call.Invoke("aten::_amp_foreach_non_finite_check_and_unscale_"u8);
    }

    /// <summary>
    /// Backs <paramref name="scale"/> off where <paramref name="foundInf"/> is not 0; else counts a good step, and grows the
    /// scale when the count equals the interval and the new scale is finite.
    /// </summary>
    /// <param name="scale">One Float32 number.</param>
    /// <param name="growthTracker">One Int32 number on that device.</param>
    /// <param name="foundInf">One Float32 number on that device.</param>
    /// <param name="growthFactor">The factor of growth.</param>
    /// <param name="backoffFactor">The factor of a backoff.</param>
    /// <param name="growthInterval">Good steps in a row before the scale grows.</param>
    /// <exception cref="ArgumentException">A tensor of another dtype, size or device.</exception>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    public static void UpdateScale_(
        Tensor scale, Tensor growthTracker, Tensor foundInf, double growthFactor, double backoffFactor, long growthInterval)
    {
        Tensors.Check(scale, nameof(scale));
        Tensors.Check(growthTracker, nameof(growthTracker));
        var metadata = TensorMetadata.Of(scale, nameof(scale));
        Tensors.CheckScalar(scale, nameof(scale), metadata);
        Tensors.CheckScalar(foundInf, nameof(foundInf), metadata);
        var tracker = TensorMetadata.Of(growthTracker, nameof(growthTracker));
        if (tracker.Dtype is not ScalarType.Int32 || tracker.ElementCount != 1 || !tracker.SameDevice(metadata))
        {
            throw new ArgumentException(
                $"'growthTracker' is {tracker.ToString()}: it must be one Int32 number on the device of the scale.", nameof(growthTracker));
        }

        using var _ = no_grad();
        using var call = new DispatcherCall();
        call.Add(scale);
        call.Add(growthTracker);
        call.Add(foundInf);
        call.Add(growthFactor);
        call.Add(backoffFactor);
        call.Add(growthInterval);
        call.InvokeInPlace("aten::_amp_update_scale_"u8);
    }
}
