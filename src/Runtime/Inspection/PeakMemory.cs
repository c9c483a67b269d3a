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
        return device.type is DeviceType.CPU && OperatingSystem.IsLinux() ? OfProcess.Start() : null;
    }

    /// <summary>The most so far.</summary>
    public abstract long Bytes { get; }

    /// <summary>A Linux process: its largest resident set, which the kernel forgets on request (proc(5), clear_refs).</summary>
    private sealed class OfProcess(long before) : PeakMemory
    {
        private const string ForgetPeak = "5";

        public override long Bytes => Math.Max(0, Read("VmHWM:") - before);

        public static OfProcess? Start()
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
            => File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal)) is var line
                ? long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) << 10
                : 0;

        [DllImport("libc")]
        private static extern int malloc_trim(nuint pad);
    }
}
