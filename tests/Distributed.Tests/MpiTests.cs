using System.Text.Json;
using Precision.Distributed.Tests.Infrastructure;

namespace Precision.Distributed.Tests;

/// <summary>Collectives of several processes on Open MPI.</summary>
public sealed class MpiTests
{
    private const double Limit = 30;

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(3)]
    public void CollectivesGiveWhatTheyShould(int ranks)
    {
        using var run = WorkerRun.RunByMpi(ranks, "Collectives", Limit).ThatSucceeds();
        for (var rank = 0; rank < ranks; rank++)
        {
            CollectiveResults.Check(run.Rank(rank), rank, ranks, "cpu");
        }

        Assert.Single(Enumerable.Range(0, ranks).Select(rank => run.Rank(rank).GetProperty("many").GetString()).Distinct());
    }

    [SkippableFact]
    public void WhatCannotBeExchangedIsRefusedBeforeAnyoneWaits()
    {
        using var run = WorkerRun.RunByMpi(2, "Refusals", Limit).ThatSucceeds();
        foreach (var results in new[] { run.Rank(0), run.Rank(1) })
        {
            AssertRefused(results, "half", "NotSupportedException", "MPI cannot reduce Float16", "Float32");
            AssertRefused(results, "average of integers", "ArgumentException", "Int64", "Use Sum");
            AssertRefused(results, "unknown operation", "ArgumentOutOfRangeException", "Sum, Average, Maximum or Minimum");
            AssertRefused(results, "another device", "ArgumentException", "meta", "tensor.to(group.Device)");
            AssertRefused(results, "not contiguous", "ArgumentException", "Float32[6, 4]", "contiguous()");
            AssertRefused(results, "sparse", "ArgumentException", "to_dense()");
            AssertRefused(results, "disposed", "ObjectDisposedException", "disposed");
            AssertRefused(results, "root", "ArgumentOutOfRangeException", "ranks 0 to 1");
            AssertRefused(results, "parts", "ArgumentException", "2 times its elements");
            AssertRefused(results, "shared", "ArgumentException", "shares memory");
            AssertRefused(results, "after Dispose", "ObjectDisposedException", "ProcessGroup");
            Assert.Equal([2, 2, 2, 2, 2, 2], results.GetProperty("sum").Deserialize<double[]>()!);

            // MPI takes signals too, and must leave .NET its own.
            AssertRefused(results, "null reference", "NullReferenceException");
        }
    }

    [SkippableFact]
    public void AProgramMayEndWithoutLeaving()
    {
        using var run = WorkerRun.RunByMpi(2, "EndWithoutLeaving", Limit).ThatSucceeds();
        Assert.Equal(2, run.Rank(1).GetProperty("worldSize").GetInt32());
    }

    [SkippableFact]
    public void AProcessJoinsOnce()
    {
        using var run = WorkerRun.RunByMpi(2, "JoinTwice", Limit).ThatSucceeds();
        AssertRefused(run.Rank(1), "again", "ProcessGroupException", "joined its group already");
    }

    private static void AssertRefused(JsonElement results, string name, params string[] texts)
    {
        var message = results.GetProperty(name).GetString()!;
        Assert.All(texts, text => Assert.Contains(text, message, StringComparison.Ordinal));
    }
}
