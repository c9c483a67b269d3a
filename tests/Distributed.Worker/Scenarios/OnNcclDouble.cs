using Precision.Distributed.Nccl;
using Precision.Distributed.Worker.Doubles;
using static TorchSharp.torch;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>The NCCL engine and what watches it, on CPUs: everything but NCCL and the GPU is real.</summary>
internal static class OnNcclDouble
{
    private static readonly DeviceDouble Gpu = new();

    /// <summary>What NCCL is called with.</summary>
    public static void Collectives(WorkerContext context)
    {
        var group = JoinGroup(context);
        using var halves = ones(6, dtype: bfloat16);
        using var floats = ones(2 * group.WorldSize);
        using var part = ones(2);
        group.AllReduce(halves, ReduceOperation.Average);
        group.Broadcast(floats, 1);
        group.ReduceScatter(floats, part, ReduceOperation.Sum);
        group.AllGather(part, floats);
        group.Barrier();
        context.Write("isHostSide", group.IsHostSide);
        context.WriteException("bool", () => group.AllReduce(ones(1, dtype: @bool)));
        group.Dispose();
        context.Write("calls", NcclDouble.Calls);
        context.Write("entered", Gpu.Entered);
    }

    /// <summary>Joins, and waits short for the others.</summary>
    public static void Join(WorkerContext context)
    {
        context.WaitShortForOthers();
        JoinGroup(context);
    }

    /// <summary>NCCL never connects the ranks, and cannot be interrupted.</summary>
    public static void NeverConnect(WorkerContext context)
    {
        NcclDouble.NeverConnects = true;
        context.WaitShortForOthers();
        JoinGroup(context);
    }

    /// <summary>NCCL reports an error on the last rank, while all compute.</summary>
    public static void FailAsynchronously(WorkerContext context)
    {
        var group = JoinGroup(context);
        if (group.Rank == group.WorldSize - 1)
        {
            NcclDouble.FailAsynchronously();
        }

        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>The devices never come to what is enqueued, and nobody waits for it on the host.</summary>
    public static void StopDevices(WorkerContext context)
    {
        var group = JoinGroup(context);
        Gpu.Works = false;
        using var values = ones(4);
        group.AllReduce(values);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>As before, but the host waits: it is told by an exception, and gives the group up.</summary>
    public static void StopDevicesInBarrier(WorkerContext context)
    {
        var group = JoinGroup(context);
        Gpu.Works = false;
        context.WriteException("barrier", group.Barrier);
        group.Dispose();
        context.Write("calls", NcclDouble.Calls);
    }

    private static ProcessGroup JoinGroup(WorkerContext context)
    {
        var launch = LaunchEnvironment.Read(Environment.GetEnvironmentVariable);
        return context.Use(ProcessGroup.Join(launch, CPU, new NcclEngine(NcclDouble.Library, Gpu), context.Timing));
    }
}
