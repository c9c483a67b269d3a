using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>Matrix products of 16-bit matrices that TorchSharp has no name for.</summary>
internal static class MatrixProducts
{
    /// <summary><c>left.t().mm(right)</c>, accumulated in float32.</summary>
    /// <param name="left">(rows, m).</param>
    /// <param name="right">(rows, n), of the same dtype.</param>
    /// <param name="toFloat32">Whether the result is Float32 too, instead of rounded to the dtype.</param>
    /// <returns>(m, n).</returns>
    public static Tensor Transposed(Tensor left, Tensor right, bool toFloat32)
    {
        using var transposed = Lifetime.After(left.t(), left);
        if (!toFloat32)
        {
            return Lifetime.After(transposed.mm(right), right);
        }

        using var call = new DispatcherCall();
        call.Add(transposed);
        call.Add(right);
        call.Add((long)ScalarType.Float32);
        return call.TryInvokeTensor("aten::mm"u8, "dtype"u8)
            ?? throw new InvalidOperationException(NativeErrors.Refused("aten::mm"u8, "dtype"u8));
    }
}
