using System.Text.Json;
using static TorchSharp.torch;

namespace Precision.Distributed.Tests.Infrastructure;

/// <summary>What the worker's scenario Collectives must have written, whatever the engine.</summary>
internal static class CollectiveResults
{
    private const int Elements = 6;
    private const int ManyElements = 300_007;

    private static readonly string[] Reduced = ["Float32", "Float64", "Int32", "Int64", "Byte"];

    public static void Check(JsonElement results, int rank, int ranks, string device)
    {
        var group = results.GetProperty("group");
        Assert.Equal((ranks, rank, rank == 0), (Int(group, "WorldSize"), Int(group, "LocalRank"), group.GetProperty("IsFirst").GetBoolean()));
        Assert.Equal(device, group.GetProperty("Device").GetString());
        foreach (var (name, values) in Expected(rank, ranks))
        {
            Assert.Equal(values, results.GetProperty(name).Deserialize<double[]>());
        }

        Assert.Equal(FirstOfMany(ranks), results.GetProperty("first of many").Deserialize<double[]>()!, static (expected, found) => Math.Abs(expected - found) < 1e-5);
    }

    private static IEnumerable<(string Name, double[] Values)> Expected(int rank, int ranks)
    {
        foreach (var dtype in Reduced)
        {
            foreach (var operation in Enum.GetValues<ReduceOperation>())
            {
                if (operation is ReduceOperation.Average && !dtype.StartsWith("Float", StringComparison.Ordinal))
                {
                    continue;
                }

                yield return ($"AllReduce {operation} {dtype}", Reduce(operation, ranks, 0));
                yield return ($"ReduceScatter {operation} {dtype}", Reduce(operation, ranks, rank * Elements));
                yield return ($"ReduceScatter {operation} {dtype} in place", Reduce(operation, ranks, rank * Elements));
            }
        }

        foreach (var dtype in (string[])["Float16", "BFloat16", "Bool", .. Reduced])
        {
            double[] Sent(int root) => [.. Values(root, 0).Select(value => dtype == "Bool" ? Math.Min(value, 1) : value)];
            foreach (var root in Enumerable.Range(0, ranks))
            {
                yield return ($"Broadcast {root} {dtype}", Sent(root));
            }

            yield return ($"AllGather {dtype}", [.. Enumerable.Range(0, ranks).SelectMany(Sent)]);
            yield return ($"AllGather {dtype} in place", [.. Enumerable.Range(0, ranks).SelectMany(Sent)]);
        }
    }

    private static double[] Values(int rank, int start) => [.. Enumerable.Range(start, Elements).Select(i => 10.0 * rank + i)];

    private static double[] Reduce(ReduceOperation operation, int ranks, int start)
    {
        var all = Enumerable.Range(0, ranks).Select(rank => Values(rank, start)).ToArray();
        return [.. Enumerable.Range(0, Elements).Select(i => operation switch
        {
            ReduceOperation.Sum => all.Sum(values => values[i]),
            ReduceOperation.Average => all.Average(values => values[i]),
            ReduceOperation.Maximum => all.Max(values => values[i]),
            _ => all.Min(values => values[i]),
        })];
    }

    private static double[] FirstOfMany(int ranks)
    {
        var sum = new double[4];
        for (var rank = 0; rank < ranks; rank++)
        {
            using var generator = new Generator((ulong)rank, CPU);
            using var values = randn(ManyElements, generator: generator);
            sum = [.. sum.Zip(values.data<float>().ToArray(), static (total, value) => total + value)];
        }

        return sum;
    }

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
