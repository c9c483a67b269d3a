using static TorchSharp.torch;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>Every collective on small tensors whose results can be computed by hand.</summary>
internal static class Collectives
{
    private const int Elements = 6;

    public static void Run(WorkerContext context)
    {
        var group = context.Group;
        context.Write("worldSize", group.WorldSize);
        foreach (var operation in Enum.GetValues<ReduceOperation>())
        {
            foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Int32, ScalarType.Int64, ScalarType.Byte })
            {
                if (operation is ReduceOperation.Average && dtype is not (ScalarType.Float32 or ScalarType.Float64))
                {
                    continue;
                }

                using var reduced = Values(group, Elements, dtype);
                group.AllReduce(reduced, operation);
                context.WriteValues($"AllReduce {operation} {dtype}", reduced);

                using var whole = Values(group, Elements * group.WorldSize, dtype);
                using var part = zeros(Elements, dtype, group.Device);
                group.ReduceScatter(whole, part, operation);
                context.WriteValues($"ReduceScatter {operation} {dtype}", part);
            }
        }
    }

    /// <summary>Values of a rank: element i of rank r is 10 r + i.</summary>
    public static Tensor Values(ProcessGroup group, int count, ScalarType dtype)
        => (arange(count, dtype: float64) + 10 * group.Rank).to(dtype).to(group.Device);
}
