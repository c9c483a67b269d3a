namespace Precision.Interop;

/// <summary>
/// The context of a GPU that libtorch uses (the primary one), lent to the calling thread for calls into CUDA. libtorch has made it current
/// on threads that have used this GPU, and on no others.
/// </summary>
internal sealed unsafe class CudaContext
{
    private static readonly delegate* unmanaged[Cdecl]<nint*, int> GetCurrent
        = (delegate* unmanaged[Cdecl]<nint*, int>)CudaLibraries.OfDriver("cuCtxGetCurrent");

    private static readonly delegate* unmanaged[Cdecl]<nint, int> SetCurrent
        = (delegate* unmanaged[Cdecl]<nint, int>)CudaLibraries.OfDriver("cuCtxSetCurrent");

    private static readonly delegate* unmanaged[Cdecl]<int, nint*, int> CurrentStream
        = (delegate* unmanaged[Cdecl]<int, nint*, int>)CudaLibraries.OfTorch("aoti_torch_get_current_cuda_stream");

    private readonly int device;
    private readonly nint context;

    /// <param name="device">The number of the GPU.</param>
    /// <exception cref="InvalidOperationException">The driver refuses.</exception>
    public CudaContext(int device)
    {
        this.device = device;
        int handle;
        nint primary;
        Check(((delegate* unmanaged[Cdecl]<int*, int, int>)CudaLibraries.OfDriver("cuDeviceGet"))(&handle, device), "cuDeviceGet");
        Check(
            ((delegate* unmanaged[Cdecl]<nint*, int, int>)CudaLibraries.OfDriver("cuDevicePrimaryCtxRetain"))(&primary, handle),
            "cuDevicePrimaryCtxRetain");
        context = primary;
    }

    /// <summary>Whether this libtorch and this driver have what is needed.</summary>
    public static bool IsAvailable => GetCurrent is not null && SetCurrent is not null && CurrentStream is not null;

    /// <summary>libtorch's current stream of the calling thread.</summary>
    public nint Stream
    {
        get
        {
            nint stream;
            Check(CurrentStream(device, &stream), "aoti_torch_get_current_cuda_stream");
            return stream;
        }
    }

    /// <summary>Turns an error of CUDA's into an exception.</summary>
    public static void Check(int error, string function)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"CUDA's {function} returned error {error}.");
        }
    }

    /// <summary>Makes the context current on the calling thread, until <see cref="Leave"/> on it.</summary>
    /// <returns>What was current, for <see cref="Leave"/>.</returns>
    public nint Enter()
    {
        nint before;
        Check(GetCurrent(&before), "cuCtxGetCurrent");
        if (before != context)
        {
            Check(SetCurrent(context), "cuCtxSetCurrent");
        }

        return before;
    }

    /// <summary>Makes current what was before, which may be none.</summary>
    public void Leave(nint before)
    {
        if (before != context)
        {
            Check(SetCurrent(before), "cuCtxSetCurrent");
        }
    }
}
