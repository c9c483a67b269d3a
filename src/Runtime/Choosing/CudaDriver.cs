using System.Runtime.InteropServices;

namespace Precision;

/// <summary>Asks NVIDIA's driver about a GPU: TorchSharp has no device properties.</summary>
internal static class CudaDriver
{
    // CUdevice_attribute in cuda.h.
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;

    private const int LongestName = 256;

    private static string Library => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>What the driver says of a GPU; null when there is no driver or no such GPU.</summary>
    /// <param name="index">Counted as CUDA does, so that CUDA_VISIBLE_DEVICES is heeded.</param>
    public static unsafe CudaGpu? Describe(int index)
    {
        if (!NativeLibrary.TryLoad(Library, out var driver)
            || !NativeLibrary.TryGetExport(driver, "cuInit", out var cuInit)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var cuDeviceGet)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetAttribute", out var cuDeviceGetAttribute)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetName", out var cuDeviceGetName)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceTotalMem_v2", out var cuDeviceTotalMem))
        {
            return null;
        }

        int device, major, minor;
        nuint memory;
        var name = stackalloc byte[LongestName];
        return ((delegate* unmanaged<uint, int>)cuInit)(0) == 0
            && ((delegate* unmanaged<int*, int, int>)cuDeviceGet)(&device, index) == 0
            && ((delegate* unmanaged<int*, int, int, int>)cuDeviceGetAttribute)(&major, ComputeCapabilityMajor, device) == 0
            && ((delegate* unmanaged<int*, int, int, int>)cuDeviceGetAttribute)(&minor, ComputeCapabilityMinor, device) == 0
            && ((delegate* unmanaged<byte*, int, int, int>)cuDeviceGetName)(name, LongestName, device) == 0
            && ((delegate* unmanaged<nuint*, int, int>)cuDeviceTotalMem)(&memory, device) == 0
                ? new CudaGpu(Marshal.PtrToStringUTF8((nint)name)!, major, minor, (long)memory)
                : null;
    }
}
