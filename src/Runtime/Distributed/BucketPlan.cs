using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// Which gradients one collective averages, decided before any backward: all processes must call collectives in one order, whatever the
/// order in which their gradients come.
/// </summary>
internal static class BucketPlan
{
    /// <summary>As PyTorch's DistributedDataParallel: enough for the full bandwidth, and few enough to begin early.</summary>
    public const long OverlappedBytes = 25L << 20;

    /// <summary>What is smaller has no collective of its own where a weight comes that does not fit beside it.</summary>
    private const long SmallestBytes = 1L << 20;

    /// <summary>Divides weights into buckets of one dtype each, in the order in which a backward completes them.</summary>
    /// <param name="weights">In the order of the forward: a backward gives the last one's gradient first.</param>
    /// <param name="dtype">What a gradient is exchanged in.</param>
    /// <param name="bytes">The size that a bucket does not exceed, but for a weight that is larger.</param>
    public static List<IReadOnlyList<MasterWeight>> Divide(
        IReadOnlyList<MasterWeight> weights, Func<MasterWeight, ScalarType> dtype, long bytes)
    {
        var open = new Dictionary<ScalarType, Bucket>();
        var all = new List<Bucket>();
        for (var i = weights.Count - 1; i >= 0; i--)
        {
            var (weight, kind) = (weights[i], dtype(weights[i]));
            var size = weight.ModelParameter.numel() * (kind.Is16Bit() ? 2 : kind is ScalarType.Float64 ? 8 : 4);
            if (!open.TryGetValue(kind, out var bucket) || (bucket.Bytes >= SmallestBytes && bucket.Bytes + size > bytes))
            {
                all.Add(bucket = open[kind] = new Bucket());
            }

            bucket.Weights.Add(weight);
            bucket.Bytes += size;
            bucket.First = i;
        }

        return [.. all.OrderByDescending(static bucket => bucket.First).Select(static bucket => bucket.Weights)];
    }

    private sealed class Bucket
    {
        public List<MasterWeight> Weights { get; } = [];

        public long Bytes { get; set; }

        /// <summary>The place in the forward of the weight that is complete last.</summary>
        public int First { get; set; }
    }
}
