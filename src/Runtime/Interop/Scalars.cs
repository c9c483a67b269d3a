using TorchSharp;

namespace Precision.Interop;

/// <summary>
/// Numbers for TorchSharp's operators that live as long as the process. A number written into a call becomes a
/// <see cref="Scalar"/> that nothing holds while libtorch reads it (TorchSharp passes its handle without <c>GC.KeepAlive</c>): a
/// garbage collection at that moment frees it, and the operator computes with what then lies there. A number that is not
/// constant goes into a <c>using Scalar</c> of its own.
/// </summary>
internal static class Scalars
{
    public static readonly Scalar Zero = 0;

    /// <summary>Also the factor that <c>Tensor.add</c> and <c>+</c> would make a temporary for.</summary>
    public static readonly Scalar One = 1;
}
