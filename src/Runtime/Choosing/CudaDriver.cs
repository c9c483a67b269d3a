using System.Runtime.InteropServices;
using Precision.Interop;

namespace Precision;

/// <summary>Asks NVIDIA's driver about a GPU: TorchSharp has no device properties.</summary>
internal static class CudaDriver
{
    // CUdevice_attribute in cuda.h.
    private const int ComputeCapabilityMajor = 75;
    private const int ComputeCapabilityMinor = 76;

    private const int LongestName = 256;

    /// <summary>What the driver says of a GPU; null when there is no driver or no such GPU.</summary>
    /// <param name="index">Counted as CUDA does, so that CUDA_VISIBLE_DEVICES is heeded.</param>
    public static unsafe CudaGpu? Describe(int index)
    {
        var cuInit = CudaLibraries.OfDriver("cuInit");
        var cuDeviceGet = CudaLibraries.OfDriver("cuDeviceGet");
        var cuDeviceGetAttribute = CudaLibraries.OfDriver("cuDeviceGetAttribute");
        var cuDeviceGetName = CudaLibraries.OfDriver("cuDeviceGetName");
        var cuDeviceTotalMem = CudaLibraries.OfDriver("cuDeviceTotalMem_v2");
        if (cuInit == 0 || cuDeviceGet == 0 || cuDeviceGetAttribute == 0 || cuDeviceGetName == 0 || cuDeviceTotalMem == 0)
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
