using Precision.Distributed.Control;

namespace Precision.Distributed.Nccl;

/// <summary>
/// Looks from the watching thread whether NCCL reports an error, and whether the device still comes through collectives: the host, which
/// does not wait, may be far ahead of a collective that never ends. One mark at a time samples them.
/// </summary>
internal sealed unsafe class NcclWatch
{
    private readonly NcclLibrary nccl;
    private readonly INcclDevice gpu;
    private readonly nint communicator;
    private readonly TimeSpan limit;
    private readonly nint mark;
    private readonly nint barrierMark;
    private readonly Lock access = new();
    private volatile bool isMarked;
    private TimeSpan? markedSince;
    private bool isReported;
    private bool isStopped;

    /// <summary>Made while the device is current.</summary>
    public NcclWatch(NcclLibrary nccl, INcclDevice gpu, nint communicator, ControlTiming timing)
    {
        (this.nccl, this.gpu, this.communicator) = (nccl, gpu, communicator);

        // Later than rank 0 would name a rank that is late, which explains more.
        limit = timing.Limit + timing.Reply;
        (mark, barrierMark) = (gpu.NewMark(), gpu.NewMark());
    }

    /// <summary>A collective has been enqueued on a stream; the device is current.</summary>
    public void Sample(nint stream)
    {
        if (!isMarked)
        {
            gpu.Record(mark, stream);
            isMarked = true;
        }
    }

    /// <summary>A mark to wait for; the device is current.</summary>
    public nint RecordBarrier()
    {
        gpu.Record(barrierMark, gpu.Stream);
        return barrierMark;
    }

    /// <summary>The communicator is about to end.</summary>
    public void Stop()
    {
        lock (access)
        {
            isStopped = true;
        }
    }

    /// <summary>What is wrong; null = nothing. On the watching thread.</summary>
    public Fault? FindFault(TimeSpan now)
    {
        lock (access)
        {
            return isStopped || isReported ? null : FindError() ?? FindOverdue(now);
        }
    }

    private Fault? FindError()
    {
        int error;
        if (nccl.CommGetAsyncError(communicator, &error) != NcclLibrary.Success || error == NcclLibrary.Success)
        {
            return null;
        }

        isReported = true;
        return new(FrameKind.Failed, $"NCCL reports {nccl.Describe(error, communicator)}");
    }

    private Fault? FindOverdue(TimeSpan now)
    {
        if (!isMarked)
        {
            return null;
        }

        markedSince ??= now;
        var entered = gpu.Enter();
        try
        {
            if (gpu.IsReached(mark))
            {
                (isMarked, markedSince) = (false, null);
                return null;
            }
        }
        catch (InvalidOperationException error)
        {
            isReported = true;
            return new(FrameKind.Failed, error.Message);
        }
        finally
        {
            gpu.Leave(entered);
        }

        isReported = now - markedSince > limit;
        return isReported ? new(FrameKind.Overdue, $"a collective did not end on the GPU within {RankRecord.Format(limit)}") : null;
    }
}
