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
        Assert.True(run.Rank(1).GetProperty("isLaunched").GetBoolean());
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

    [SkippableTheory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public void RanksThatAreToldToEndCanSaveBefore(string signal)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Looks at processes in /proc.");
        using var run = WorkerRun.StartByLauncher(2, "SaveWhenTold", 60);
        var ranks = Enumerable.Range(0, 2).Select(rank => run.WaitFor(rank, "process").GetInt32()).ToArray();
        Processes.Signal(run.Id, signal);
        run.Wait().ThatSucceeds();
        Assert.All(ranks, Processes.AssertGone);
        Assert.All(Enumerable.Range(0, 2), rank => Assert.Equal(1, run.Rank(rank).GetProperty("signals").GetInt32()));
    }

    [SkippableTheory]
    [InlineData(1, 1)]     // a signal and its time
    [InlineData(3600, 2)]  // a second signal
    public void RanksThatDoNotEndAreKilled(double timeToSave, int signals)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Looks at processes in /proc.");
        using var run = WorkerRun.StartByLauncher(2, "IgnoreSignals", timeToSave);
        var ranks = Enumerable.Range(0, 2).Select(rank => run.WaitFor(rank, "process").GetInt32()).ToArray();
        for (var i = 0; i < signals; i++)
        {
            Thread.Sleep(200);   // two at once are one
            Processes.Signal(run.Id, "TERM");
        }

        run.Wait().ThatFails();
        Assert.All(ranks, Processes.AssertGone);
    }
}
