using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>What TorchSharp lacks for sparse tensors.</summary>
internal static class SparseTensors
{
    /// <summary>Adds up the values that a sparse tensor has for one place, so that it has one for each.</summary>
    /// <param name="sparse">A sparse tensor in coordinate format.</param>
    /// <exception cref="InvalidOperationException">libtorch refused.</exception>
    public static Tensor Coalesce(Tensor sparse)
    {
        using var call = new DispatcherCall();
        call.Add(sparse);
        return call.TryInvokeTensor("aten::coalesce"u8) ?? throw new InvalidOperationException(NativeErrors.Refused("aten::coalesce"u8, default));
    }
}
