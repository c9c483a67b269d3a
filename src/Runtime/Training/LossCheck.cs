using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Refuses what a backward could not start from, or could start from only with a loss of accuracy.</summary>
internal static class LossCheck
{
    /// <summary>Checks a loss.</summary>
    /// <param name="loss">A tensor that is not disposed.</param>
    /// <param name="takesBFloat16">Whether a policy gives BFloat16 results, so that a loss may be one.</param>
    /// <exception cref="ArgumentException">Not one number, without a graph, or of a dtype in which a loss is not exact enough.</exception>
    public static void Check(Tensor loss, bool takesBFloat16)
    {
        if (loss.numel() != 1)
        {
            throw new ArgumentException(
                $"The loss has the shape [{string.Join(", ", loss.shape)}]: gradients are those of one number. Reduce it with mean() or sum().",
                nameof(loss));
        }

        var dtype = loss.dtype;
        if (dtype is not (ScalarType.Float32 or ScalarType.Float64) && !(dtype is ScalarType.BFloat16 && takesBFloat16))
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
                + $"made a tensor again.{(is_grad_enabled() ? "" : " no_grad() is on now: leave it before the forward.")}",
                nameof(loss));
        }
    }
}
