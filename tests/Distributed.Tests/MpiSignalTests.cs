using Precision.Distributed.Tests.Infrastructure;

namespace Precision.Distributed.Tests;

/// <summary>A rank that is killed or stopped from outside ends all; on Open MPI.</summary>
public sealed class MpiSignalTests
{
    private const double Limit = 3;

    /// <summary>What starting the processes and ending them takes beside the limit, on a busy machine.</summary>
    private const double Overhead = 30;

    [SkippableFact]
    public void AKilledRankEndsAll()
    {
        using var run = WorkerRun.StartByMpi(2, "WaitForSignal", Overhead);
        var process = Processes.Signal(run, 1, "KILL");
        run.Wait().ThatFails();
        Assert.Contains("rank 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("signal 9", run.Output, StringComparison.Ordinal);
        Assert.True(run.Seconds < Overhead, $"{run.Seconds} s, though the limit need not be waited for");
        Processes.AssertGone(process);
    }

    [SkippableFact]
    public void AStoppedRankIsNamedByTheOthers()
    {
        using var run = WorkerRun.StartByMpi(3, "WaitForSignal", Limit);
        var process = Processes.Signal(run, 2, "STOP");
        run.Wait().ThatFails();
        foreach (var rank in new[] { 0, 1 })
        {
            var error = run.Rank(rank).GetProperty("error").GetString()!;
            Assert.StartsWith("Rank 2 ", error, StringComparison.Ordinal);
            Assert.Contains($"process {process}) ", error, StringComparison.Ordinal);
            Assert.Contains("no sign of life", error, StringComparison.Ordinal);
        }

        Processes.AssertGone(process);
    }

    [SkippableFact]
    public void AStoppedFirstRankIsNamedToo()
    {
        using var run = WorkerRun.StartByMpi(2, "WaitForSignal", Limit);
        run.WaitFor(1, "process");
        Processes.Signal(run, 0, "STOP");
        run.Wait().ThatFails();
        Assert.Contains("Rank 0 gave no sign of life", run.Output, StringComparison.Ordinal);
    }
}
