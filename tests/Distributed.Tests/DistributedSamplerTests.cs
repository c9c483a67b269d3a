namespace Precision.Distributed.Tests;

/// <summary>PyTorch's definition: the order is filled up by its own beginning, or cut, to a multiple of the ranks; rank r takes each world-th from r.</summary>
public sealed class DistributedSamplerTests
{
    [Theory]
    [InlineData(10, 2)]
    [InlineData(10, 3)]
    [InlineData(11, 4)]
    [InlineData(3, 8)]   // the order comes several times
    [InlineData(1, 1)]
    [InlineData(7, 7)]
    public void RanksGetThePartsThatPyTorchGives(int samples, int ranks)
    {
        foreach (var dropLast in samples < ranks ? (bool[])[false] : [false, true])
        {
            var total = dropLast ? samples / ranks * ranks : (samples + ranks - 1) / ranks * ranks;
            var order = Enumerable.Range(0, total).Select(i => (long)(i % samples)).ToArray();
            for (var rank = 0; rank < ranks; rank++)
            {
                var sampler = new DistributedSampler(samples, ranks, rank, shuffle: false, seed: 0, dropLast);
                Assert.Equal(order.Where((_, i) => i % ranks == rank), sampler);
                Assert.Equal(total / ranks, sampler.Count);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShuffledPartsAreDisjointAndCoverAll(bool dropLast)
    {
        const int samples = 1003;
        const int ranks = 4;
        var parts = Enumerable.Range(0, ranks).Select(rank => new DistributedSampler(samples, ranks, rank, shuffle: true, seed: 5, dropLast).ToArray()).ToArray();
        Assert.Single(parts.Select(static part => part.Length).Distinct());
        var all = parts.SelectMany(static part => part).ToArray();
        Assert.Equal(dropLast ? 1000 : 1004, all.Length);
        Assert.Equal(dropLast ? 1000 : 1003, all.Distinct().Count());
        Assert.All(all, static sample => Assert.InRange(sample, 0, samples - 1));
    }

    [Fact]
    public void TheOrderIsPyTorchs()
    {
        // torch.randperm(10, generator=torch.Generator().manual_seed(0))
        var sampler = new DistributedSampler(10, worldSize: 1, rank: 0, shuffle: true, seed: 0, dropLast: false);
        Assert.Equal([4, 1, 7, 5, 3, 9, 0, 8, 6, 2], sampler);
    }

    [Fact]
    public void AnEpochIsASeedAndTheSameAgain()
    {
        var sampler = new DistributedSampler(100, worldSize: 2, rank: 1, shuffle: true, seed: 3, dropLast: false);
        var first = sampler.ToArray();
        sampler.SetEpoch(1);
        var second = sampler.ToArray();
        Assert.NotEqual(first, second);
        Assert.Equal(new DistributedSampler(100, worldSize: 2, rank: 1, shuffle: true, seed: 4, dropLast: false), second);
        sampler.SetEpoch(0);
        Assert.Equal(first, sampler);
    }

    [Fact]
    public void AGroupSaysWhichPart()
    {
        using var group = ProcessGroup.Join();
        Assert.Equal([0, 1, 2], new DistributedSampler(3, group, shuffle: false));
    }

    [Fact]
    public void NothingToDivideIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => new DistributedSampler(0, 1, 0, shuffle: false, seed: 0, dropLast: false));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new DistributedSampler(3, 4, 0, shuffle: false, seed: 0, dropLast: true));
    }
}
