using System.Collections.Concurrent;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>What a device computes natively, how much memory it has, and which dtype is advised for it.</summary>
/// <param name="Name">The processor's or GPU's own name.</param>
/// <param name="BFloat16">Whether matrix products in BFloat16 are computed natively.</param>
/// <param name="Float16">Whether matrix products in Float16 are computed natively.</param>
/// <param name="MemoryBytes">All of its memory, within the limits of the container where there is one; null = not known.</param>
/// <param name="Advice">What <see cref="Dtype.Auto"/> becomes on it, and why.</param>
public sealed record Hardware(string Name, NativeSupport BFloat16, NativeSupport Float16, long? MemoryBytes, DtypeChoice Advice)
{
    private static readonly NativeSupport Float32Support = new(true, "everywhere");

    private static readonly ConcurrentDictionary<(DeviceType Type, int Index), Hardware> Known = new();

    /// <summary>The hardware behind a device.</summary>
    /// <param name="device">The device; a CUDA device without an index is the first one.</param>
    public static Hardware Of(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Of(device.type, device.index);
    }

    /// <summary>Whether a format is computed natively.</summary>
    /// <exception cref="ArgumentException">The dtype is unspecified, or Auto.</exception>
    public NativeSupport Support(Dtype dtype) => dtype switch
    {
        Dtype.Float32 => Float32Support,
        Dtype.BFloat16 => BFloat16,
        Dtype.Float16 => Float16,
        _ => throw new ArgumentException($"{dtype} names no one format: give Float32, Float16 or BFloat16.", nameof(dtype)),
    };

    /// <summary>A sentence for people who compute in a format that this hardware does not compute natively; null where it does.</summary>
    /// <param name="dtype">The format; Auto is always right.</param>
    /// <exception cref="ArgumentException">The dtype is unspecified.</exception>
    public string? Warning(Dtype dtype)
        => dtype is not Dtype.Auto && Support(dtype) is { IsNative: false } support
            ? $"{dtype} is not computed natively here ({support.Reason}): expect it to be slower than float32. {Advice.Reason}"
            : null;

    internal static Hardware Of(DeviceType type, int index)
        => Known.GetOrAdd((type, Math.Max(index, 0)), static key => key.Type switch
        {
            DeviceType.CPU => OfCpu(
                CpuFeatures.Name, CpuFeatures.BFloat16, CpuFeatures.Float16, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            DeviceType.CUDA => OfCuda(CudaDriver.Describe(key.Index)),
            _ => Unknown(key.Type),
        });

    /// <summary>A CPU that has these instruction sets.</summary>
    internal static Hardware OfCpu(string name, IReadOnlyList<string> bfloat16, IReadOnlyList<string> float16, long? memoryBytes)
    {
        static NativeSupport Support(IReadOnlyList<string> found, string wanted)
            => found.Count > 0 ? new(true, string.Join(", ", found)) : new(false, $"this CPU has none of {wanted}");

        var advice = (bfloat16, float16) switch
        {
            ({ Count: > 0 }, _) => new DtypeChoice(
                Dtype.BFloat16, $"This CPU computes BFloat16 natively ({string.Join(", ", bfloat16)})."),
            (_, { Count: > 0 }) => new DtypeChoice(
                Dtype.Float32, $"This CPU computes Float16 natively ({string.Join(", ", float16)}), but not BFloat16, which a CPU trains best in."),
            _ => new DtypeChoice(Dtype.Float32, "This CPU computes neither 16-bit format natively, so float32 is faster."),
        };
        return new Hardware(
            name,
            Support(bfloat16, "AVX512-BF16, AMX-BF16, Arm BF16"),
            Support(float16, "AVX512-FP16, AMX-FP16, Arm FP16"),
            memoryBytes,
            advice);
    }

    /// <summary>
    /// An NVIDIA GPU. BFloat16 came with compute capability 8.0; Float16 matrix units with 7.0, and Float16 arithmetic with 5.3, which
    /// 6.1 has at a sixty-fourth of float32's rate only (CUDA programming guide, arithmetic throughput).
    /// </summary>
    /// <param name="gpu">What the driver says; null = it could not be asked.</param>
    internal static Hardware OfCuda(CudaGpu? gpu)
    {
        if (gpu is null)
        {
            return new Hardware(
                "CUDA GPU",
                new(false, "the compute capability could not be read"),
                new(true, "every CUDA GPU that libtorch supports"),
                null,
                new(Dtype.Float16, "The GPU's compute capability could not be read; every CUDA GPU has Float16."));
        }

        var capability = $"compute capability {gpu.Major}.{gpu.Minor}";
        var float16 = (gpu.Major, gpu.Minor) switch
        {
            ( >= 7, _) => new NativeSupport(true, $"matrix units, {capability}"),
            (6, 1) => new NativeSupport(false, $"{capability} has it at a sixty-fourth of float32's rate"),
            (6, _) or (5, >= 3) => new NativeSupport(true, $"arithmetic without matrix units, {capability}"),
            _ => new NativeSupport(false, $"{capability}; it came with 5.3"),
        };
        var bfloat16 = gpu.Major >= 8
            ? new NativeSupport(true, $"matrix units, {capability}")
            : new NativeSupport(false, $"{capability}; it came with 8.0");
        var advice = (bfloat16.IsNative, float16.IsNative) switch
        {
            (true, _) => new DtypeChoice(
                Dtype.BFloat16, $"Compute capability {gpu.Major}.{gpu.Minor} computes BFloat16 natively (8.0 or later)."),
            (_, true) => new DtypeChoice(
                Dtype.Float16, $"Compute capability {gpu.Major}.{gpu.Minor} has no native BFloat16 (it came with 8.0), but Float16."),
            _ => new DtypeChoice(
                Dtype.Float16, $"Compute capability {gpu.Major}.{gpu.Minor} computes neither 16-bit format fast; Float16 saves memory."),
        };
        return new Hardware(gpu.Name, bfloat16, float16, gpu.MemoryBytes, advice);
    }

    private static Hardware Unknown(DeviceType type)
    {
        var support = new NativeSupport(false, $"nothing is known about {type} devices");
        return new Hardware(
            type.ToString(), support, support, null, new(Dtype.Float32, $"Nothing is known about 16-bit arithmetic on {type} devices."));
    }
}
