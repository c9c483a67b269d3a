namespace Precision.Interop;

/// <summary>Marks that tell how far a stream of a GPU is, without waiting for it. A mark lives as long as the process.</summary>
internal sealed unsafe class CudaMarks
{
    private const uint WithoutTiming = 2;   // CU_EVENT_DISABLE_TIMING
    private const int Success = 0;
    private const int NotReady = 600;       // CUDA_ERROR_NOT_READY

    private static readonly delegate* unmanaged[Cdecl]<nint*, uint, int> CreateEvent
        = (delegate* unmanaged[Cdecl]<nint*, uint, int>)CudaLibraries.OfDriver("cuEventCreate");

    private static readonly delegate* unmanaged[Cdecl]<nint, nint, int> RecordEvent
        = (delegate* unmanaged[Cdecl]<nint, nint, int>)CudaLibraries.OfDriver("cuEventRecord");

    private static readonly delegate* unmanaged[Cdecl]<nint, int> QueryEvent
        = (delegate* unmanaged[Cdecl]<nint, int>)CudaLibraries.OfDriver("cuEventQuery");

    /// <summary>Whether this driver has what is needed.</summary>
    public static bool IsAvailable => CreateEvent is not null && RecordEvent is not null && QueryEvent is not null;

    /// <summary>A mark for <see cref="Record"/>, made in the context.</summary>
    public nint New()
    {
        nint mark;
        CudaContext.Check(CreateEvent(&mark, WithoutTiming), "cuEventCreate");
        return mark;
    }

    /// <summary>Puts a mark behind what is enqueued on a stream, in the context.</summary>
    public void Record(nint mark, nint stream) => CudaContext.Check(RecordEvent(mark, stream), "cuEventRecord");

    /// <summary>Whether the device has come to a mark, in the context.</summary>
    public bool IsReached(nint mark)
    {
        var state = QueryEvent(mark);
        if (state is not (Success or NotReady))
        {
            CudaContext.Check(state, "cuEventQuery");
        }

        return state == Success;
    }
}
