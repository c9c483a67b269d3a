using Precision.Interop;

namespace Precision.Distributed.Nccl;

/// <summary>The device that NCCL's work is enqueued on; a test has another than a GPU.</summary>
internal interface INcclDevice
{
    /// <summary>The stream that the calling thread's work goes to.</summary>
    nint Stream { get; }

    /// <summary>Makes the device current on the calling thread, until <see cref="Leave"/>.</summary>
    nint Enter();

    /// <summary>Makes current what was before.</summary>
    void Leave(nint entered);

    /// <summary>A mark for <see cref="Record"/>.</summary>
    nint NewMark();

    /// <summary>Puts a mark behind what is enqueued.</summary>
    void Record(nint mark);

    /// <summary>Whether the device has come to a mark.</summary>
    bool IsReached(nint mark);
}

/// <summary>A GPU.</summary>
internal sealed class NcclGpu : INcclDevice
{
    private readonly CudaContext context;
    private readonly CudaMarks marks;

    public NcclGpu(int index)
    {
        context = new CudaContext(index);
        marks = new CudaMarks(context);
    }

    public static bool IsAvailable => CudaContext.IsAvailable && CudaMarks.IsAvailable;

    public nint Stream => context.Stream;

    public nint Enter() => context.Enter();

    public void Leave(nint entered) => context.Leave(entered);

    public nint NewMark() => marks.New();

    public void Record(nint mark) => marks.Record(mark);

    public bool IsReached(nint mark) => marks.IsReached(mark);
}
