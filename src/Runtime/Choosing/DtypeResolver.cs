using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Resolves <see cref="Dtype.Auto"/>: BFloat16 where the hardware computes it natively, else Float16 on a GPU, else Float32.
/// Emulation does not count: a GPU that only converts (a T4, for example) answers <c>is_bf16_supported()</c> in PyTorch and is
/// slower than float32 in it (pytorch/pytorch#148322).
/// </summary>
public static class DtypeResolver
{
    /// <summary>The dtype for a device, with the reason.</summary>
    /// <param name="device">The device; a CUDA device without an index is the first one.</param>
    public static DtypeChoice Resolve(Device device) => Hardware.Of(device).Advice;

    internal static DtypeChoice Resolve(DeviceType type, int index) => Hardware.Of(type, index).Advice;
}
