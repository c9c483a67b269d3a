using System.ComponentModel;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// <c>linear</c> as libtorch's one operation <c>aten::linear</c>, where TorchSharp composes it of a matrix product and an
/// addition. Measured on an H100 this is 11 % of a GPT-2 training step; on a CPU it is next to nothing, and there the original
/// runs. Called by generated interceptors only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class FusedLinear
{
    /// <summary><c>torch.nn.functional.linear</c>.</summary>
    /// <param name="input">(*, in features).</param>
    /// <param name="weights">(out features, in features) or (in features).</param>
    /// <param name="bias">(out features) or ().</param>
    /// <returns>(*, out features); in a region, of its dtype.</returns>
    public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null)
        => TryInvoke(input, weights, bias) ?? Lifetime.After(nn.functional.linear(input, weights, bias), input, weights, bias);

    /// <summary>
    /// Null where the original must run: outside regions, on a CPU, and wherever libtorch refuses, since only the original's
    /// exception tells why.
    /// </summary>
    internal static Tensor? TryInvoke(Tensor input, Tensor weights, Tensor? bias)
    {
        if (!AutocastRegion.IsAnyOpen || !IsUsable(input) || !IsUsable(weights) || bias is { IsInvalid: true }
            || !PinnedDtype.IsAccelerator(input.device_type))
        {
            return null;
        }

        using var call = new DispatcherCall();
        call.Add(input);
        call.Add(weights);
        call.AddOptional(bias);
        return call.TryInvokeTensor("aten::linear"u8);
    }

    private static bool IsUsable(Tensor? tensor) => tensor is { IsInvalid: false };
}
