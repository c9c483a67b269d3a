using static TorchSharp.torch;

namespace Precision.Runtime.Tests.MasterWeights;

/// <summary>Compares tensors bit for bit.</summary>
internal static class Bits
{
    /// <summary>Whether dtype, shape and every bit are equal.</summary>
    public static bool Equal(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return a.dtype == b.dtype && a.shape.SequenceEqual(b.shape)
            && a.detach().cpu().contiguous().bytes.SequenceEqual(b.detach().cpu().contiguous().bytes);
    }
}
