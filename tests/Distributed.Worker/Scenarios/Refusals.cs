using static TorchSharp.torch;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>Arguments that a collective refuses on every rank, before it waits for anyone; and that the group works afterwards.</summary>
internal static class Refusals
{
    public static void Run(WorkerContext context)
    {
        var group = context.Group;
        using var values = ones(4, 6, device: group.Device);
        using var half = ones(4, dtype: float16, device: group.Device);
        using var integers = ones(4, dtype: int64, device: group.Device);
        using var elsewhere = ones(4, device: META);
        using var transposed = values.t();
        using var sparse = values.to_sparse();
        var disposed = ones(4);
        disposed.Dispose();

        context.WriteException("half", () => group.AllReduce(half));
        context.WriteException("average of integers", () => group.AllReduce(integers, ReduceOperation.Average));
        context.WriteException("unknown operation", () => group.AllReduce(values, (ReduceOperation)9));
        context.WriteException("another device", () => group.Broadcast(elsewhere));
        context.WriteException("not contiguous", () => group.AllReduce(transposed));
        context.WriteException("sparse", () => group.Broadcast(sparse));
        context.WriteException("disposed", () => group.AllReduce(disposed));
        context.WriteException("root", () => group.Broadcast(values, group.WorldSize));
        context.WriteException("parts", () => group.AllGather(integers, integers));
        context.WriteException("shared", () => Shared(group));
        context.WriteException("null reference", static () => _ = ((string)null!).Length);

        group.AllReduce(values);
        context.WriteValues("sum", values[0]);
        group.Dispose();
        context.WriteException("after Dispose", group.Barrier);
    }

    // A part of the whole that is another rank's.
    private static void Shared(ProcessGroup group)
    {
        using var whole = ones(2 * group.WorldSize, device: group.Device);
        using var part = whole.narrow(0, 2 * ((group.Rank + 1) % group.WorldSize), 2);
        group.AllGather(part, whole);
    }
}
