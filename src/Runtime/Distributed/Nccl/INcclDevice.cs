using Precision.Interop;

namespace Precision.Distributed.Nccl;

/// <summary>The device that NCCL's work is enqueued on; a test has another than a GPU.</summary>
internal interface INcclDevice
{
    /// <summary>The stream that the calling thread's work goes to.</summary>
    nint Stream { get; }

    /// <summary>A stream for collectives that the other does not wait for.</summary>
    nint SideStream { get; }

    /// <summary>Makes the device current on the calling thread, until <see cref="Leave"/>.</summary>
    nint Enter();

    /// <summary>Makes current what was before.</summary>
    void Leave(nint entered);

    /// <summary>A mark for <see cref="Record"/>.</summary>
    nint NewMark();

    /// <summary>Puts a mark behind what is enqueued on a stream.</summary>
    void Record(nint mark, nint stream);

    /// <summary>Lets what comes to a stream from now on wait for what another has. The device is current.</summary>
    void Order(nint earlier, nint later);

    /// <summary>Whether the device has come to a mark.</summary>
    bool IsReached(nint mark);
}

/// <summary>A GPU.</summary>
internal sealed class NcclGpu : INcclDevice
{
    private readonly CudaContext context;
    private readonly CudaMarks marks;
    private readonly CudaSideStream side;

    public NcclGpu(int index)
    {
        context = new CudaContext(index);
        marks = new CudaMarks();
        var entered = context.Enter();
        side = new CudaSideStream();
        context.Leave(entered);
    }

    public static bool IsAvailable => CudaContext.IsAvailable && CudaMarks.IsAvailable && CudaSideStream.IsAvailable;

    public nint Stream => context.Stream;

    public nint SideStream => side.Stream;

    public nint Enter() => context.Enter();

    public void Leave(nint entered) => context.Leave(entered);

    public nint NewMark() => marks.New();

    public void Record(nint mark, nint stream) => marks.Record(mark, stream);

    public void Order(nint earlier, nint later) => side.Order(earlier, later);

    public bool IsReached(nint mark) => marks.IsReached(mark);
}
