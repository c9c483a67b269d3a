using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>The most memory that something takes, beyond what is in use when the measurement starts.</summary>
internal abstract class PeakMemory
{
    /// <summary>Starts to measure; null where that is not possible.</summary>
    public static PeakMemory? Start(Device device)
    {
        // Tensors that only the finalizer frees would be counted as in use.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return device.type switch
        {
            DeviceType.CUDA => OfGpu.TryStart(device),
            DeviceType.CPU when OperatingSystem.IsLinux() => OfProcess.TryStart(),
            _ => null,
        };
    }

    /// <summary>The most so far.</summary>
    public abstract long Bytes { get; }

    /// <summary>A GPU, as libtorch's allocator counts it.</summary>
    private sealed class OfGpu(Device device, long before) : PeakMemory
    {
        public override long Bytes => CudaMemory.max_memory_allocated(device) - before;

        public static OfGpu? TryStart(Device device)
        {
            try
            {
                CudaMemory.reset_peak_memory_stats(device);
                return new OfGpu(device, CudaMemory.memory_allocated(device));
            }
            catch (NotSupportedException)
            {
                // This libtorch does not tell.
                return null;
            }
        }
    }

    /// <summary>A Linux process: its largest resident set, which the kernel forgets on request (proc(5), clear_refs).</summary>
    private sealed class OfProcess(long before) : PeakMemory
    {
        private const string ForgetPeak = "5";

        public override long Bytes => Math.Max(0, Read("VmHWM:") - before);

        public static OfProcess? TryStart()
        {
            try
            {
                malloc_trim(0);
                File.WriteAllText("/proc/self/clear_refs", ForgetPeak);
                return new OfProcess(Read("VmRSS:"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or EntryPointNotFoundException)
            {
                // A kernel or a container that does not allow it, or a C library that is not glibc.
                return null;
            }
        }

        private static long Read(string name)
        {
            var kibibytes = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
                .Replace("kB", "", StringComparison.Ordinal);
            return long.Parse(kibibytes, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10;
        }

        [DllImport("libc")]
        private static extern int malloc_trim(nuint pad);
    }
}
