namespace Precision.Interop;

/// <summary>
/// A stream of a GPU beside libtorch's, for work that libtorch's need not wait for. Made in the context, and lives as long as the process.
/// </summary>
internal sealed unsafe class CudaSideStream
{
    // CU_STREAM_NON_BLOCKING: libtorch's stream is the legacy one, which others wait for otherwise.
    private const uint NonBlocking = 1;

    private static readonly delegate* unmanaged[Cdecl]<int*, int*, int> PriorityRange
        = (delegate* unmanaged[Cdecl]<int*, int*, int>)CudaLibraries.OfDriver("cuCtxGetStreamPriorityRange");

    private static readonly delegate* unmanaged[Cdecl]<nint*, uint, int, int> CreateStream
        = (delegate* unmanaged[Cdecl]<nint*, uint, int, int>)CudaLibraries.OfDriver("cuStreamCreateWithPriority");

    private static readonly delegate* unmanaged[Cdecl]<nint, nint, uint, int> WaitForEvent
        = (delegate* unmanaged[Cdecl]<nint, nint, uint, int>)CudaLibraries.OfDriver("cuStreamWaitEvent");

    private readonly CudaMarks marks = new();
    private readonly nint mark;

    /// <exception cref="InvalidOperationException">The driver refuses.</exception>
    public CudaSideStream()
    {
        // Of the highest priority: what is exchanged is short, and other GPUs wait for it.
        int least, greatest;
        nint stream;
        CudaContext.Check(PriorityRange(&least, &greatest), "cuCtxGetStreamPriorityRange");
        CudaContext.Check(CreateStream(&stream, NonBlocking, greatest), "cuStreamCreateWithPriority");
        Stream = stream;
        mark = marks.New();
    }

    /// <summary>Whether this driver has what is needed.</summary>
    public static bool IsAvailable => CudaMarks.IsAvailable && PriorityRange is not null && CreateStream is not null && WaitForEvent is not null;

    public nint Stream { get; }

    /// <summary>Lets what comes to a stream from now on wait for what another has, in the context. The host does not wait.</summary>
    public void Order(nint earlier, nint later)
    {
        // A stream that waits has taken note of the mark as it is now: it can be used again at once.
        marks.Record(mark, earlier);
        CudaContext.Check(WaitForEvent(later, mark, 0), "cuStreamWaitEvent");
    }
}
