using System.ComponentModel;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// <c>cross_entropy</c> in a region on a GPU as <see cref="Fused.cross_entropy"/>, in the dtype that libtorch gives it: float32, and
/// in true 16-bit the logits'. Its own log_softmax names the logits' dtype and so runs in 16-bit either way, which rounds the
/// logarithms. Kernels take numbers of classes that are multiples of 8. Called by generated interceptors only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FusedCrossEntropy
{
    /// <summary><c>torch.nn.functional.cross_entropy</c>.</summary>
    /// <param name="input">The logits; the original runs unless they are 16-bit, (rows, classes), and on a GPU.</param>
    /// <param name="target">The classes; the original runs unless they are Int64, (rows).</param>
    /// <param name="weight">The original runs if there is one.</param>
    /// <param name="ignore_index">Rows with this target count for nothing.</param>
    /// <param name="reduction">The original runs unless it is the mean.</param>
    /// <param name="label_smoothing">The original runs unless it is 0.</param>
    public static Tensor cross_entropy(
        Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, nn.Reduction reduction = nn.Reduction.Mean,
        double label_smoothing = 0)
        => AutocastRegion.IsAnyOpen && weight is null && reduction is nn.Reduction.Mean && label_smoothing == 0 && Fits(input, target)
            && Fused.TryCrossEntropy(input, target, ignore_index) is { } loss
                ? InDtypeOfLibtorch(loss, input)
                : Lifetime.After(
                    nn.functional.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing), input, target, weight);

    // What does not fit is the original's to refuse.
    private static bool Fits(Tensor input, Tensor target)
        => input is { IsInvalid: false } && target is { IsInvalid: false } && input.dtype.Is16Bit() && target.dtype is ScalarType.Int64
            && input.dim() == 2 && target.dim() == 1 && input.shape[0] == target.shape[0]
            && input.device_type == target.device_type && input.device_index == target.device_index;

    private static Tensor InDtypeOfLibtorch(Tensor loss, Tensor input)
        => AutocastState.IsEnabled(input.device_type) ? loss : Lifetime.After(loss.to_type(input.dtype), loss);
}
