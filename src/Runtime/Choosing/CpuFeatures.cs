using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Precision;

/// <summary>What this processor computes natively in 16-bit.</summary>
internal static class CpuFeatures
{
    // CPUID leaf 7: subleaf 1 EAX bit 5 and subleaf 0 EDX bit 22 (Intel SDM volume 2A, CPUID).
    private const int Avx512Bf16Bit = 5;
    private const int AmxBf16Bit = 22;

    // asm/hwcap.h: HWCAP2_BF16; linux/auxvec.h: AT_HWCAP2.
    private const int HwCap2Bf16Bit = 14;
    private const ulong AtHwCap2 = 26;

    /// <summary>The instruction set that multiplies BFloat16 matrices natively; null when there is none.</summary>
    public static string? NativeBFloat16 { get; } = FindNativeBFloat16();

    private static string? FindNativeBFloat16()
    {
        if (X86Base.IsSupported)
        {
            var (maxSubleaf, _, _, features) = X86Base.CpuId(7, 0);
            if ((features >> AmxBf16Bit & 1) != 0)
            {
                return "AMX-BF16";
            }

            return maxSubleaf >= 1 && (X86Base.CpuId(7, 1).Eax >> Avx512Bf16Bit & 1) != 0 ? "AVX512-BF16" : null;
        }

        if (RuntimeInformation.ProcessArchitecture is Architecture.Arm64)
        {
            return OperatingSystem.IsLinux() ? FromLinuxHwCap() : OperatingSystem.IsMacOS() ? FromMacSysctl() : null;
        }

        return null;
    }

    private static string? FromLinuxHwCap() => (getauxval(AtHwCap2) >> HwCap2Bf16Bit & 1) != 0 ? "Arm BF16" : null;

    private static string? FromMacSysctl()
    {
        nint size = sizeof(int);
        return sysctlbyname("hw.optional.arm.FEAT_BF16", out var value, ref size, 0, 0) == 0 && value != 0 ? "Arm BF16" : null;
    }

    [DllImport("libc")]
    private static extern ulong getauxval(ulong type);

    [DllImport("libc")]
    private static extern int sysctlbyname([MarshalAs(UnmanagedType.LPStr)] string name, out int value, ref nint size, nint newValue, nint newSize);
}
