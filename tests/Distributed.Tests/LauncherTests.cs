using Precision.Distributed.Tests.Infrastructure;

namespace Precision.Distributed.Tests;

/// <summary>The program's own launcher, with ranks that join no group: nothing but the launcher ends them.</summary>
public sealed class LauncherTests
{
    [SkippableFact]
    public void TheFirstFailureEndsAllAndGivesTheExitCode()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Looks at processes in /proc.");
        using var run = WorkerRun.RunByLauncher(2, "EndAlone", 1);
        Assert.Equal(7, run.ExitCode);
        Assert.Equal(1, run.Rank(1).GetProperty("isLaunched").GetInt32());
        Processes.AssertGone(run.Rank(0).GetProperty("process").GetInt32());
    }

    [SkippableFact]
    public void ALauncherThatIsToldToEndEndsItsRanks()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Looks at processes in /proc.");
        using var run = WorkerRun.StartByLauncher(3, "EndAlone", 1);
        var ranks = Enumerable.Range(0, 3).Select(rank => run.WaitFor(rank, "process").GetInt32()).ToArray();
        Processes.Signal(run.Id, "TERM");
        run.Wait().ThatFails();
        Assert.All(ranks, Processes.AssertGone);
    }
}
