using System.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// The samples of one rank: numbers from 0 to the number of samples, of which each rank gets its own part and all get equally many.
/// The same numbers in the same order as PyTorch's <c>DistributedSampler</c> gives.
/// </summary>
/// <remarks>
/// All ranks must be given the same arguments and epochs. Where the number of samples is no multiple of the number of ranks, the last ones
/// are left out, or some of the first come twice.
/// </remarks>
public sealed class DistributedSampler : IEnumerable<long>
{
    private readonly long samples;
    private readonly int worldSize;
    private readonly int rank;
    private readonly bool shuffle;
    private readonly long seed;
    private long epoch;

    /// <summary>Makes the sampler of this rank.</summary>
    /// <param name="samples">The number of samples of all ranks together.</param>
    /// <param name="group">The ranks.</param>
    /// <param name="shuffle">Whether the samples come in another order in each epoch, the same for all ranks.</param>
    /// <param name="seed">Where the orders start; the same on all ranks.</param>
    /// <param name="dropLast">Whether the samples that do not fill a round of all ranks are left out; else the first ones fill it up.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no samples, or with <paramref name="dropLast"/> fewer than ranks.</exception>
    public DistributedSampler(long samples, ProcessGroup group, bool shuffle = true, long seed = 0, bool dropLast = false)
        : this(samples, group.WorldSize, group.Rank, shuffle, seed, dropLast)
    {
    }

    internal DistributedSampler(long samples, int worldSize, int rank, bool shuffle, long seed, bool dropLast)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, dropLast ? worldSize : 1);
        (this.samples, this.worldSize, this.rank, this.shuffle, this.seed) = (samples, worldSize, rank, shuffle, seed);
        Count = (dropLast ? samples : samples + worldSize - 1) / worldSize;
    }

    /// <summary>The number of samples of this rank in an epoch, the same for all ranks.</summary>
    public long Count { get; }

    /// <summary>Changes the order; call it before each epoch, with the same number on all ranks.</summary>
    /// <param name="epoch">The epoch's number.</param>
    public void SetEpoch(long epoch) => this.epoch = epoch;

    /// <summary>The numbers of this rank's samples in this epoch.</summary>
    public IEnumerator<long> GetEnumerator()
    {
        var order = shuffle ? Shuffled() : null;
        for (long i = 0; i < Count; i++)
        {
            var place = (i * worldSize + rank) % samples;
            yield return order?[place] ?? place;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private long[] Shuffled()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)(seed + epoch), CPU);
        return randperm(samples, dtype: ScalarType.Int64, generator: generator).data<long>().ToArray();
    }
}
