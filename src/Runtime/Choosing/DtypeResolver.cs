using System.Collections.Concurrent;
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
    private static readonly ConcurrentDictionary<(DeviceType Type, int Index), DtypeChoice> Choices = new();

    /// <summary>The dtype for a device, with the reason.</summary>
    /// <param name="device">The device; a CUDA device without an index is the first one.</param>
    public static DtypeChoice Resolve(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Resolve(device.type, device.index);
    }

    internal static DtypeChoice Resolve(DeviceType type, int index)
        => Choices.GetOrAdd((type, Math.Max(index, 0)), static key => Choose(key.Type, key.Index));

    private static DtypeChoice Choose(DeviceType type, int index) => type switch
    {
        DeviceType.CUDA => ForCuda(CudaDriver.ComputeCapability(index)),
        DeviceType.CPU when CpuFeatures.NativeBFloat16 is { } feature
            => new(Dtype.BFloat16, $"This CPU computes BFloat16 natively ({feature})."),
        DeviceType.CPU => new(Dtype.Float32, "This CPU computes neither 16-bit format natively, so float32 is faster."),
        _ => new(Dtype.Float32, $"Nothing is known about 16-bit arithmetic on {type} devices."),
    };

    /// <summary>BFloat16 matrix products came with compute capability 8.0 (NVIDIA's Ampere).</summary>
    internal static DtypeChoice ForCuda((int Major, int Minor)? capability) => capability switch
    {
        null => new(Dtype.Float16, "The GPU's compute capability could not be read; every CUDA GPU has Float16."),
        { Major: >= 8 } known
            => new(Dtype.BFloat16, $"Compute capability {known.Major}.{known.Minor} computes BFloat16 natively (8.0 or later)."),
        { } known
            => new(Dtype.Float16, $"Compute capability {known.Major}.{known.Minor} has no native BFloat16 (it came with 8.0)."),
    };
}
