using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>How fast a device multiplies square matrices of one dtype, measured.</summary>
/// <param name="FlopPerSecond">Floating operations per second: 2 n³ for one product.</param>
/// <param name="Size">Rows and columns of the matrices.</param>
public sealed record MatrixProductRate(double FlopPerSecond, int Size)
{
    private const int SmallestSize = 256;
    private const int LargestOnCpu = 2048;
    private const int LargestOnGpu = 8192;
    private const int Repetitions = 5;

    // Once a product takes this long, larger ones would tell nothing more, and take minutes where a format is emulated.
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Doubles the size until a product takes 50 ms or the size is 2,048 (CPU) or 8,192 (GPU), and takes the fastest of five.
    /// </summary>
    /// <param name="device">Where to multiply.</param>
    /// <param name="dtype">Float32, Float16 or BFloat16.</param>
    /// <exception cref="ArgumentException">The dtype is unspecified, or Auto.</exception>
    public static MatrixProductRate Measure(Device device, Dtype dtype)
    {
        ArgumentNullException.ThrowIfNull(device);
        var type = dtype.ToScalarType();
        var largest = device.type is DeviceType.CPU ? LargestOnCpu : LargestOnGpu;
        for (var size = SmallestSize; ; size *= 2)
        {
            var time = TimeOf(size, type, device);
            if (time >= LongEnough || size >= largest)
            {
                return new MatrixProductRate(2 * Math.Pow(size, 3) / time.TotalSeconds, size);
            }
        }
    }

    private static TimeSpan TimeOf(int size, ScalarType type, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var left = rand(size, size, device: device).to(type);
        var right = rand(size, size, device: device).to(type);
        left.mm(right);
        device.Synchronize();
        var fastest = TimeSpan.MaxValue;
        for (var i = 0; i < Repetitions && (i == 0 || fastest < LongEnough * 10); i++)
        {
            var clock = Stopwatch.StartNew();
            left.mm(right);
            device.Synchronize();
            fastest = clock.Elapsed < fastest ? clock.Elapsed : fastest;
        }

        return fastest;
    }
}
