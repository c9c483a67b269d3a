using System.ComponentModel;
using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// The softmax family's members that have no dtype parameter, with one. Without a dtype each does what the original does.
/// Called by generated interceptors only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class PinnedOperations
{
    /// <summary><c>torch.nn.functional.log_softmax</c>.</summary>
    public static Tensor log_softmax(Tensor x, long dim, ScalarType? dtype) => Lifetime.After(special.log_softmax(x, dim, dtype), x);

    /// <summary><c>torch.nn.functional.softmin</c>: the softmax of the negated input.</summary>
    public static Tensor softmin(Tensor x, long dim, ScalarType? dtype)
    {
        using var negated = Lifetime.After(-x, x);
        return special.softmax(negated, dim, dtype);
    }

    /// <summary><c>torch.nn.functional.softmax2d</c>: over the channels of (batch, channels, height, width).</summary>
    public static Tensor softmax2d(Tensor x, ScalarType? dtype) => Lifetime.After(special.softmax(x, -3, dtype), x);
}
