using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Precision;

/// <summary>What this processor computes natively in 16-bit.</summary>
internal static class CpuFeatures
{
    // CPUID leaf 7, subleaf 0 EDX and subleaf 1 EAX (Intel SDM volume 2A, CPUID).
    private const int Avx512Fp16Bit = 23;
    private const int AmxBf16Bit = 22;
    private const int Avx512Bf16Bit = 5;
    private const int AmxFp16Bit = 21;

    // CPUID leaves that spell the processor's name.
    private const uint HighestExtendedLeaf = 0x8000_0000;
    private const uint FirstNameLeaf = 0x8000_0002;
    private const uint LastNameLeaf = 0x8000_0004;

    // linux/auxvec.h: AT_HWCAP, AT_HWCAP2; asm/hwcap.h: HWCAP_ASIMDHP, HWCAP2_BF16.
    private const ulong AtHwCap = 16;
    private const ulong AtHwCap2 = 26;
    private const int HwCapFp16Bit = 10;
    private const int HwCap2Bf16Bit = 14;

    /// <summary>The processor's own name, or its architecture.</summary>
    public static string Name { get; } = FindName();

    /// <summary>The instruction sets that multiply BFloat16 matrices.</summary>
    public static IReadOnlyList<string> BFloat16 { get; } = FindBFloat16();

    /// <summary>The instruction sets that multiply Float16 matrices.</summary>
    public static IReadOnlyList<string> Float16 { get; } = FindFloat16();

    private static string[] FindBFloat16()
    {
        if (X86Base.IsSupported)
        {
            var (subleaf0, subleaf1) = X86Features();
            return [.. Named("AMX-BF16", subleaf0, AmxBf16Bit), .. Named("AVX512-BF16", subleaf1, Avx512Bf16Bit)];
        }

        return FindArm("Arm BF16", AtHwCap2, HwCap2Bf16Bit, "hw.optional.arm.FEAT_BF16");
    }

    private static string[] FindFloat16()
    {
        if (X86Base.IsSupported)
        {
            var (subleaf0, subleaf1) = X86Features();
            return [.. Named("AMX-FP16", subleaf1, AmxFp16Bit), .. Named("AVX512-FP16", subleaf0, Avx512Fp16Bit)];
        }

        return FindArm("Arm FP16", AtHwCap, HwCapFp16Bit, "hw.optional.arm.FEAT_FP16");
    }

    private static (int Subleaf0Edx, int Subleaf1Eax) X86Features()
    {
        var (maxSubleaf, _, _, edx) = X86Base.CpuId(7, 0);
        return (edx, maxSubleaf >= 1 ? X86Base.CpuId(7, 1).Eax : 0);
    }

    private static string[] Named(string name, int register, int bit) => (register >> bit & 1) != 0 ? [name] : [];

    private static string[] FindArm(string name, ulong hwCap, int bit, string sysctl)
    {
        if (RuntimeInformation.ProcessArchitecture is not Architecture.Arm64)
        {
            return [];
        }

        var isThere = OperatingSystem.IsLinux() ? (getauxval(hwCap) >> bit & 1) != 0 : OperatingSystem.IsMacOS() && FromMacSysctl(sysctl);
        return isThere ? [name] : [];
    }

    private static bool FromMacSysctl(string name)
    {
        nint size = sizeof(int);
        return sysctlbyname(name, out var value, ref size, 0, 0) == 0 && value != 0;
    }

    private static string FindName()
    {
        var fallback = $"{RuntimeInformation.ProcessArchitecture} CPU";
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)HighestExtendedLeaf), 0).Eax < LastNameLeaf)
        {
            return fallback;
        }

        var letters = new List<byte>();
        for (var leaf = FirstNameLeaf; leaf <= LastNameLeaf; leaf++)
        {
            var (eax, ebx, ecx, edx) = X86Base.CpuId(unchecked((int)leaf), 0);
            foreach (var register in new[] { eax, ebx, ecx, edx })
            {
                letters.AddRange(BitConverter.GetBytes(register));
            }
        }

        var name = Encoding.ASCII.GetString([.. letters]).Trim('\0', ' ');
        return name.Length > 0 ? name : fallback;
    }

    [DllImport("libc")]
    private static extern ulong getauxval(ulong type);

    [DllImport("libc")]
    private static extern int sysctlbyname([MarshalAs(UnmanagedType.LPStr)] string name, out int value, ref nint size, nint newValue, nint newSize);
}
