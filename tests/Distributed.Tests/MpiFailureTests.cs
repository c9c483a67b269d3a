using Precision.Distributed.Tests.Infrastructure;

namespace Precision.Distributed.Tests;

/// <summary>A rank that fails, goes another way or never comes ends all, in time and with its name; on Open MPI.</summary>
public sealed class MpiFailureTests
{
    private const double Limit = 3;

    /// <summary>What starting the processes and ending them takes beside the limit, on a busy machine.</summary>
    private const double Overhead = 30;

    [SkippableFact]
    public void ARankThatWorksOnSomethingElseIsNamed()
    {
        using var run = WorkerRun.RunByMpi(2, "ComputeForEver", Limit).ThatFails();
        var error = run.Rank(0).GetProperty("error").GetString()!;
        Assert.StartsWith("Rank 1 did not come to AllReduce of 8 × Float32 within 3 s", error, StringComparison.Ordinal);
        Assert.Contains("is after AllReduce of 4 × Float32 (its 1st collective)", error, StringComparison.Ordinal);
        Assert.DoesNotContain("no sign of life", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void AnExceptionOfARankReachesTheOthersWithItsText()
    {
        using var run = WorkerRun.RunByMpi(2, "Throw", Overhead).ThatFails();
        Assert.Contains("failed: InvalidOperationException: The planted fault.", run.Rank(0).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ARankThatLeavesEarlyIsNamed()
    {
        using var run = WorkerRun.RunByMpi(2, "Leave", Overhead).ThatFails();
        var error = run.Rank(0).GetProperty("error").GetString()!;
        Assert.StartsWith("Rank 1 ", error, StringComparison.Ordinal);
        Assert.Contains("left the group (Dispose) where others go on", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void DifferentCollectivesAreAnErrorThatSaysSo()
    {
        using var run = WorkerRun.RunByMpi(2, "CallAnother", Overhead).ThatFails();
        var error = run.Rank(0).GetProperty("error").GetString()!;
        Assert.StartsWith("Ranks have called different collectives", error, StringComparison.Ordinal);
        Assert.Matches(@"rank 0 \(.*\) is in AllReduce of 8 × Float32 \(its 2nd collective\)", error);
        Assert.Matches(@"rank 1 \(.*\) is in Barrier \(its 2nd collective\)", error);
    }

    [SkippableFact]
    public void APeerThatNeverComesIsNamed()
    {
        using var run = WorkerRun.RunByMpi(2, "StayAway", Limit).ThatFails();
        Assert.Contains("Rank 1 of 2 did not come within 3 s", run.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void AnotherWorldThanMpisIsRefused()
    {
        using var run = WorkerRun.RunByMpi(2, "Join", Limit, ("WORLD_SIZE", "3")).ThatFails();
        Assert.Contains("WORLD_SIZE is 3 and mpirun (OMPI_COMM_WORLD_SIZE) started 2 ranks", run.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void SingleProcessesOfAnotherLauncherAreToldToUseMpirun()
    {
        OpenMpi.Require();
        using var run = WorkerRun.RunByLauncher(2, "Join", Limit).ThatFails();
        Assert.Contains("says that this is rank 1 of 2, and for MPI it is rank 0 of 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("mpirun", run.Output, StringComparison.Ordinal);
    }
}
