namespace Precision.Interop;

/// <summary>
/// What a library needs that enqueues work of its own on libtorch's streams: the stream, the device made current, and marks that tell how
/// far a stream is.
/// </summary>
/// <param name="device">The number of the GPU.</param>
internal sealed unsafe class CudaStream(int device)
{
    private const uint WithoutTiming = 2;   // CU_EVENT_DISABLE_TIMING
    private const int Success = 0;
    private const int NotReady = 600;       // CUDA_ERROR_NOT_READY

    private static readonly delegate* unmanaged[Cdecl]<int, nint*, int> CurrentStream
        = (delegate* unmanaged[Cdecl]<int, nint*, int>)CudaLibraries.OfTorch("aoti_torch_get_current_cuda_stream");

    private static readonly delegate* unmanaged[Cdecl]<int, nint*, int> CreateGuard
        = (delegate* unmanaged[Cdecl]<int, nint*, int>)CudaLibraries.OfTorch("aoti_torch_create_cuda_guard");

    private static readonly delegate* unmanaged[Cdecl]<nint, int> DeleteGuard
        = (delegate* unmanaged[Cdecl]<nint, int>)CudaLibraries.OfTorch("aoti_torch_delete_cuda_guard");

    private static readonly delegate* unmanaged[Cdecl]<nint*, uint, int> CreateEvent
        = (delegate* unmanaged[Cdecl]<nint*, uint, int>)CudaLibraries.OfDriver("cuEventCreate");

    private static readonly delegate* unmanaged[Cdecl]<nint, nint, int> RecordEvent
        = (delegate* unmanaged[Cdecl]<nint, nint, int>)CudaLibraries.OfDriver("cuEventRecord");

    private static readonly delegate* unmanaged[Cdecl]<nint, int> QueryEvent
        = (delegate* unmanaged[Cdecl]<nint, int>)CudaLibraries.OfDriver("cuEventQuery");

    /// <summary>Whether this libtorch and this driver have all of it.</summary>
    public static bool IsAvailable
        => CurrentStream is not null && CreateGuard is not null && DeleteGuard is not null
            && CreateEvent is not null && RecordEvent is not null && QueryEvent is not null;

    /// <summary>libtorch's current stream of the calling thread.</summary>
    public nint Current
    {
        get
        {
            nint stream;
            Check(CurrentStream(device, &stream), "aoti_torch_get_current_cuda_stream");
            return stream;
        }
    }

    /// <summary>Makes the device current on the calling thread, until <see cref="Leave"/> on it.</summary>
    public nint Enter()
    {
        nint guard;
        Check(CreateGuard(device, &guard), "aoti_torch_create_cuda_guard");
        return guard;
    }

    /// <summary>Makes current what was before.</summary>
    public void Leave(nint guard) => Check(DeleteGuard(guard), "aoti_torch_delete_cuda_guard");

    /// <summary>A mark for <see cref="Record"/>, made while the device is current. It lives as long as the process.</summary>
    public nint NewMark()
    {
        nint mark;
        Check(CreateEvent(&mark, WithoutTiming), "cuEventCreate");
        return mark;
    }

    /// <summary>Puts a mark behind what is enqueued on the current stream, while the device is current.</summary>
    public void Record(nint mark) => Check(RecordEvent(mark, Current), "cuEventRecord");

    /// <summary>Whether the device has come to a mark, without waiting.</summary>
    public bool IsReached(nint mark)
    {
        var state = QueryEvent(mark);
        if (state is not (Success or NotReady))
        {
            Check(state, "cuEventQuery");
        }

        return state == Success;
    }

    private static void Check(int error, string function)
    {
        if (error != Success)
        {
            throw new InvalidOperationException($"CUDA's {function} returned error {error}.");
        }
    }
}
