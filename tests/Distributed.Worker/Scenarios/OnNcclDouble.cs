using Precision.Distributed.Nccl;
using Precision.Distributed.Worker.Doubles;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>The NCCL engine and what watches it, on CPUs: everything but NCCL and the GPU is real.</summary>
internal static class OnNcclDouble
{
    /// <summary>Two layers do not fit into one bucket, in 16-bit either.</summary>
    private const int Width = 3000;

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

    /// <summary>What NCCL is called with by a training: in its backward, and in its step.</summary>
    public static void Training(WorkerContext context)
    {
        var group = JoinGroup(context);
        foreach (var (name, dtype, reduce, sharded, overlap) in new[]
        {
            ("bfloat16", Dtype.BFloat16, Dtype.Unspecified, false, true), ("bfloat16, in float32", Dtype.BFloat16, Dtype.Float32, false, true),
            ("float16", Dtype.Float16, Dtype.Unspecified, false, true), ("float16, in float16", Dtype.Float16, Dtype.Float16, false, true),
            ("float32", Dtype.Float32, Dtype.Unspecified, false, true), ("sharded", Dtype.BFloat16, Dtype.Unspecified, true, true),
            ("not overlapped", Dtype.BFloat16, Dtype.Unspecified, false, false), ("sharded, not overlapped", Dtype.BFloat16, Dtype.Unspecified, true, false),
        })
        {
            using var scope = NewDisposeScope();
            using var model = nn.Sequential(("first", nn.Linear(Width, Width)), ("second", nn.Linear(Width, Width)));
            model.to(dtype.ToScalarType());
            var parallelism = new DataParallel(group) { ReduceDtype = reduce, ShardOptimizer = sharded, OverlapCommunication = overlap };
            using var training = MixedPrecisionTraining.Create(
                model, named => new FusedSGD(named, lr: 1), new() { Parallelism = new Unsynchronized(parallelism) });
            NcclDouble.Calls.Clear();
            training.Backward(model.call(ones(1, Width, dtype: dtype.ToScalarType())).to(ScalarType.Float32).mean());
            context.Write($"{name}, backward", NcclDouble.Calls.ToArray());
            NcclDouble.Calls.Clear();
            training.Step();
            context.Write($"{name}, step", NcclDouble.Calls.ToArray());
        }

        context.Write("entered", Gpu.Entered);
        group.Dispose();
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

        // How long processes take to start, which is long on a busy machine, does not count.
        context.WaitForProcesses(LaunchEnvironment.Read(Environment.GetEnvironmentVariable));
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

    /// <summary>Compares no models and gives no weights: this NCCL moves nothing.</summary>
    private sealed class Unsynchronized(TrainingParallelism inner) : TrainingParallelism
    {
        internal override void Synchronize(nn.Module module)
        {
        }

        internal override IReadOnlySet<string>? ShardOf(IReadOnlyList<(string Name, TorchSharp.Modules.Parameter Parameter)> trainable)
            => inner.ShardOf(trainable);

        internal override IGradientReduction? CreateReduction(MasterWeights masters) => inner.CreateReduction(masters);

        internal override ICheckpointRanks? CreateCheckpointRanks(MasterWeights masters) => inner.CreateCheckpointRanks(masters);
    }
}
