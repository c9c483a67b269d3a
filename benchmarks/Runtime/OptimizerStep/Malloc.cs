using System.Runtime.InteropServices;

namespace Precision.Benchmarks.OptimizerStep;

/// <summary>
/// glibc keeps freed tensors of some megabytes in its heap, where the next aligned allocation of the same size does not fit
/// into the hole: TorchSharp's AdamW, which makes temporaries for each parameter, would then take some gigabytes more with
/// each step until the machine has none left.
/// </summary>
internal static partial class Malloc
{
    private const int MmapThreshold = -3;

    /// <summary>Gives large tensors back to the system when they are freed; does nothing but on Linux.</summary>
    public static void ReturnLargeBlocks()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetOption(MmapThreshold, 1 << 20);
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
