using System.Runtime.InteropServices;

namespace Precision;

/// <summary>What NVIDIA's driver says of a GPU. TorchSharp has no device properties, so the driver is asked itself.</summary>
internal static class CudaDriver
{
    // CUdevice_attribute in cuda.h.
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;

    private static string Library => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>The compute capability of a GPU; null when there is no driver or no such GPU.</summary>
    public static unsafe (int Major, int Minor)? ComputeCapability(int index)
    {
        if (!NativeLibrary.TryLoad(Library, out var driver))
        {
            return null;
        }

        if (!NativeLibrary.TryGetExport(driver, "cuInit", out var cuInit)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGet", out var cuDeviceGet)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetAttribute", out var cuDeviceGetAttribute))
        {
            return null;
        }

        int device, major, minor;
        return ((delegate* unmanaged<uint, int>)cuInit)(0) == 0
            && ((delegate* unmanaged<int*, int, int>)cuDeviceGet)(&device, index) == 0
            && ((delegate* unmanaged<int*, int, int, int>)cuDeviceGetAttribute)(&major, ComputeCapabilityMajor, device) == 0
            && ((delegate* unmanaged<int*, int, int, int>)cuDeviceGetAttribute)(&minor, ComputeCapabilityMinor, device) == 0
                ? (major, minor)
                : null;
    }
}
