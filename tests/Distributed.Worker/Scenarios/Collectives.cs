using static TorchSharp.torch;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>Every collective on small tensors whose results can be computed by hand.</summary>
internal static class Collectives
{
    private const int Elements = 6;

    /// <summary>Enough for the engines to move it in pieces, and no multiple of anything.</summary>
    private const int ManyElements = 300_007;

    private static readonly ScalarType[] Dtypes = [ScalarType.Float32, ScalarType.Float64, ScalarType.Int32, ScalarType.Int64, ScalarType.Byte];
    private static readonly ScalarType[] SmallDtypes = [ScalarType.Float16, ScalarType.BFloat16, ScalarType.Bool, .. Dtypes];

    public static void Run(WorkerContext context)
    {
        var group = context.Group;
        context.Write("group", new { group.WorldSize, group.LocalRank, group.IsFirst, Device = group.Device.ToString() });
        foreach (var dtype in Dtypes)
        {
            foreach (var operation in Enum.GetValues<ReduceOperation>())
            {
                if (operation is not ReduceOperation.Average || dtype is ScalarType.Float32 or ScalarType.Float64)
                {
                    Reduce(context, operation, dtype);
                }
            }
        }

        foreach (var dtype in SmallDtypes)
        {
            Move(context, dtype);
        }

        Many(context);
        using var nothing = zeros(0, device: group.Device);
        group.AllReduce(nothing);
        group.Broadcast(nothing);
        group.Barrier();
    }

    /// <summary>Values of a rank: element i of rank r is 10 r + i.</summary>
    public static Tensor Values(ProcessGroup group, int count, ScalarType dtype)
        => (arange(count, dtype: float64) + 10 * group.Rank).to(dtype).to(group.Device);

    private static void Reduce(WorkerContext context, ReduceOperation operation, ScalarType dtype)
    {
        var group = context.Group;
        using var reduced = Values(group, Elements, dtype);
        group.AllReduce(reduced, operation);
        context.WriteValues($"AllReduce {operation} {dtype}", reduced);

        using var whole = Values(group, Elements * group.WorldSize, dtype);
        using var part = zeros(Elements, dtype, group.Device);
        group.ReduceScatter(whole, part, operation);
        context.WriteValues($"ReduceScatter {operation} {dtype}", part);

        using var own = Part(group, whole);
        group.ReduceScatter(whole, own, operation);
        context.WriteValues($"ReduceScatter {operation} {dtype} in place", own);
    }

    private static void Move(WorkerContext context, ScalarType dtype)
    {
        var group = context.Group;
        for (var root = 0; root < group.WorldSize; root++)
        {
            using var sent = Values(group, Elements, dtype);
            group.Broadcast(sent, root);
            context.WriteValues($"Broadcast {root} {dtype}", sent);
        }

        using var part = Values(group, Elements, dtype);
        using var whole = zeros(Elements * group.WorldSize, dtype, group.Device);
        group.AllGather(part, whole);
        context.WriteValues($"AllGather {dtype}", whole);

        using var again = zeros(Elements * group.WorldSize, dtype, group.Device);
        using var own = Part(group, again);
        own.copy_(part);
        group.AllGather(own, again);
        context.WriteValues($"AllGather {dtype} in place", again);
    }

    // Sums of floats depend on their order: all ranks must get the same bits nevertheless.
    private static void Many(WorkerContext context)
    {
        var group = context.Group;
        using var generator = new Generator((ulong)group.Rank, CPU);
        using var values = randn(ManyElements, generator: generator).to(group.Device);
        group.AllReduce(values);
        using var bytes = values.cpu();
        var hash = System.Security.Cryptography.SHA256.HashData(bytes.bytes);
        context.Write("many", Convert.ToHexString(hash));
        context.WriteValues("first of many", values[..4]);
    }

    private static Tensor Part(ProcessGroup group, Tensor whole) => whole.narrow(0, group.Rank * Elements, Elements);
}
