using Precision.Distributed.Mpi;
using Precision.Distributed.Nccl;
using static TorchSharp.torch;

namespace Precision.Distributed.Tests;

/// <summary>Without a launcher everything works, and gives what it was given.</summary>
public sealed class OneRankTests : IDisposable
{
    private readonly ProcessGroup group = ProcessGroup.Join(TimeSpan.FromSeconds(1));

    public void Dispose() => group.Dispose();

    [Fact]
    public void ItIsTheFirstOfOne()
    {
        Assert.Equal((0, 1, 0, true), (group.Rank, group.WorldSize, group.LocalRank, group.IsFirst));
        Assert.False(Launcher.IsLaunched);
    }

    [Fact]
    public void CollectivesGiveWhatTheyWereGiven()
    {
        foreach (var operation in Enum.GetValues<ReduceOperation>())
        {
            using var values = arange(4, dtype: ScalarType.BFloat16, device: group.Device);
            group.AllReduce(values, operation);
            group.Broadcast(values);
            using var scattered = zeros(4, dtype: ScalarType.BFloat16, device: group.Device);
            group.ReduceScatter(values, scattered, operation);
            using var gathered = zeros(2, 2, dtype: ScalarType.BFloat16, device: group.Device);
            group.AllGather(scattered, gathered);
            group.Barrier();
            using var expected = arange(4, dtype: ScalarType.BFloat16, device: group.Device);
            Assert.True(values.equal(expected).all().item<bool>());
            Assert.True(gathered.view(4).equal(expected).all().item<bool>());
        }
    }

    [Fact]
    public void WhatWouldFailOnSeveralRanksFailsOnOne()
    {
        using var values = ones(2, 3, device: group.Device);
        using var transposed = values.t();
        using var integers = ones(2, dtype: int64, device: group.Device);
        Assert.Throws<ArgumentException>(() => group.AllReduce(transposed));
        Assert.Throws<ArgumentException>(() => group.AllReduce(integers, ReduceOperation.Average));
        Assert.Throws<ArgumentOutOfRangeException>(() => group.Broadcast(values, 1));
        Assert.Throws<ArgumentException>(() => group.AllGather(values, integers));
        Assert.Throws<ArgumentNullException>(() => group.Broadcast(null!));
        Assert.Throws<ArgumentOutOfRangeException>(static () => ProcessGroup.Join(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(static () => ProcessGroup.Join(TimeSpan.MaxValue));
    }

    [Fact]
    public void NothingWorksAfterDispose()
    {
        group.Dispose();
        Assert.Throws<ObjectDisposedException>(group.Barrier);
    }

    [Fact]
    public void AMissingMpiIsOneClearError()
    {
        var error = Assert.Throws<ProcessGroupException>(static () => MpiLibrary.Load("libno-such-mpi.so.40", "libno-such-mpi.so"));
        Assert.Contains("there is no libno-such-mpi.so.40 or libno-such-mpi.so here", error.Message, StringComparison.Ordinal);
        Assert.Contains("openmpi-bin", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void AnotherMpiIsRefusedByName()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Looks into a library of Linux.");
        var error = Assert.Throws<ProcessGroupException>(static () => MpiLibrary.Load("libm.so.6"));
        Assert.Contains("'libm.so.6' is no MPI that Precision knows, and Precision joins CPUs by Open MPI", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnNcclWithoutAFunctionIsRefusedByName()
        => Assert.Contains("has no ncclGetUniqueId", Assert.Throws<ProcessGroupException>(static () => new NcclLibrary(static _ => 0)).Message, StringComparison.Ordinal);
}
