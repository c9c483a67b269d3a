using Precision.Distributed.Tests.Infrastructure;
using static Precision.Distributed.Tests.Infrastructure.TwoGpus;

namespace Precision.Distributed.Tests;

/// <summary>The real NCCL, on two GPUs of this machine.</summary>
public sealed class NcclTests
{
    private const double Limit = 60;

    [SkippableFact]
    public void CollectivesGiveWhatTheyShould()
    {
        TwoGpus.Require();
        using var run = WorkerRun.RunByLauncher(Ranks, "Collectives", Limit).ThatSucceeds();
        for (var rank = 0; rank < Ranks; rank++)
        {
            CollectiveResults.Check(run.Rank(rank), rank, Ranks, $"cuda:{rank}");
        }

        Assert.Equal(run.Rank(0).GetProperty("many").GetString(), run.Rank(1).GetProperty("many").GetString());
    }

    [SkippableTheory]
    [InlineData("Throw", "failed: InvalidOperationException: The planted fault.")]
    [InlineData("ComputeForEver", "Rank 1 did not come to ")]
    [InlineData("Leave", "left the group (Dispose) where others go on")]
    public void ARankThatFailsEndsAll(string scenario, string text)
    {
        TwoGpus.Require();
        using var run = WorkerRun.RunByLauncher(Ranks, scenario, 5).ThatFails();
        Assert.Contains(text, run.Output, StringComparison.Ordinal);
    }
}
