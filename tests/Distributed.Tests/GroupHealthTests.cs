using Precision.Distributed.Control;

namespace Precision.Distributed.Tests;

/// <summary>What rank 0 concludes from what it hears; times are seconds.</summary>
public sealed class GroupHealthTests
{
    private readonly GroupHealth health = new(worldSize: 3, Seconds(10), Seconds(1));

    public GroupHealthTests()
    {
        for (var rank = 0; rank < 3; rank++)
        {
            Assert.Null(health.Join(Greeting(rank), Seconds(0)));
        }
    }

    [Fact]
    public void AllIsWellWhileRanksMove()
    {
        for (var second = 0; second < 100; second++)
        {
            for (var rank = 0; rank < 3; rank++)
            {
                // Rank 2 is always behind, and always goes on.
                Report(rank, rank == 2 ? second : second + 5, second);
            }

            Assert.Null(health.Check(Seconds(second)));
        }
    }

    [Fact]
    public void NobodyIsLateWhileAllWorkAlone()
    {
        for (var second = 0; second < 100; second++)
        {
            ReportAll(4, second);
            Assert.Null(health.Check(Seconds(second)));
        }
    }

    [Fact]
    public void WhoDoesNotComeIsNamedAfterTheLimit()
    {
        ReportAll(4, 0);
        for (var second = 1; second <= 11; second++)
        {
            Report(0, 5, second);
            Report(1, 4, second);
            Report(2, 5, second);
            Assert.Null(health.Check(Seconds(second)));
        }

        var verdict = health.Check(Seconds(11.1))!;
        Assert.StartsWith("Rank 1 did not come to AllReduce 5 within 10 s, for which rank 0 waits.", verdict, StringComparison.Ordinal);
        Assert.DoesNotContain("no sign of life", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void WhoIsSilentIsSaidToBe()
    {
        ReportAll(4, 0);
        for (var second = 1; second <= 10; second++)
        {
            Report(0, 4, second);
            Report(2, 4, second);
            Assert.Null(health.Check(Seconds(second)));
        }

        var verdict = health.Check(Seconds(10.5))!;
        Assert.StartsWith("Rank 1 gave no sign of life for 10 s.", verdict, StringComparison.Ordinal);
        Assert.Contains("rank 1 (host, process 101) is after AllReduce 4 (its 3rd collective) and has given no sign of life for 10.5 s", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherCollectiveOfTheSameNumberIsFoundAtOnce()
    {
        ReportAll(4, 0);
        health.Advance(1, new RankProgress(5, 4, IsLeaving: false, "AllReduce of 8 × Float32 in step 3"), Seconds(1));
        Assert.Null(health.Check(Seconds(1)));
        health.Advance(2, new RankProgress(5, 4, IsLeaving: false, "AllReduce of 8 × Float32 in step 4"), Seconds(1));
        var verdict = health.Check(Seconds(1))!;
        Assert.StartsWith("Ranks have called different collectives", verdict, StringComparison.Ordinal);
        Assert.Contains("rank 1 (host, process 101) is in AllReduce of 8 × Float32 in step 3", verdict, StringComparison.Ordinal);
        Assert.Contains("rank 2 (host, process 102) is in AllReduce of 8 × Float32 in step 4", verdict, StringComparison.Ordinal);
    }

    /// <summary>On GPUs the hosts go on, each at its own pace, and never report the same number.</summary>
    [Fact]
    public void RanksThatCallAnotherOneAreFoundAlthoughTheyReportDifferentNumbers()
    {
        var progress = new Control.OwnProgress();
        var others = Go(new Control.OwnProgress(), 500, step: 2);
        Go(progress, 400, step: 1);
        health.Advance(0, progress.Report, Seconds(1));
        Assert.Null(health.Check(Seconds(1)));
        health.Advance(1, Control.RankProgress.From(others.Report.ToBytes()), Seconds(1));
        var verdict = health.Check(Seconds(1))!;
        Assert.Contains(
            "The 255th was AllReduce of 8 × Float32 in step 1 on rank 0 and AllReduce of 8 × Float32 in step 2 on rank 1.", verdict, StringComparison.Ordinal);

        // Where one is a landmark further, nothing can be said yet.
        health.Advance(1, Go(others, 100, step: 2).Report, Seconds(2));
        Assert.Null(health.Check(Seconds(2)));

        static Control.OwnProgress Go(Control.OwnProgress progress, int count, long step)
        {
            for (var i = 0; i < count; i++)
            {
                progress.Enter(new Collective(CollectiveKind.AllReduce, TorchSharp.torch.ScalarType.Float32, 8, step), Seconds(1));
            }

            return progress;
        }
    }

    [Fact]
    public void WhoLeavesBeforeTheOthersIsNamed()
    {
        ReportAll(4, 0);
        health.Advance(2, new RankProgress(5, 4, IsLeaving: true, "Dispose"), Seconds(1));
        Assert.Null(health.Check(Seconds(1)));
        Report(0, 5, 2);
        Assert.StartsWith("Rank 2 (host, process 102) left the group (Dispose) where others go on", health.Check(Seconds(2)), StringComparison.Ordinal);
    }

    [Fact]
    public void AllMayLeaveTogether()
    {
        for (var rank = 0; rank < 3; rank++)
        {
            Assert.False(health.AllLeave);
            health.Advance(rank, new RankProgress(5, 4, IsLeaving: true, "Dispose"), Seconds(1));
            Assert.Null(health.Check(Seconds(1)));
        }

        Assert.True(health.AllLeave);
    }

    [Fact]
    public void ARankThatDoesNotLeaveIsLate()
    {
        health.Advance(0, new RankProgress(5, 4, IsLeaving: true, "Dispose"), Seconds(1));
        for (var second = 1; second <= 12; second++)
        {
            health.Advance(0, new RankProgress(5, 4, IsLeaving: true, "Dispose"), Seconds(second));
            Report(1, 4, second);
            Report(2, 4, second);
            _ = health.Check(Seconds(second));
        }

        Assert.StartsWith("Ranks 1, 2 did not come to Dispose", health.Check(Seconds(12)), StringComparison.Ordinal);
    }

    [Fact]
    public void WhoDoesNotFitIsRefused()
    {
        var other = new GroupHealth(2, Seconds(10), Seconds(1));
        Assert.Null(other.Join(Greeting(0) with { WorldSize = 2 }, Seconds(0)));
        Assert.Contains("Two processes are rank 0", other.Join(Greeting(0) with { WorldSize = 2, ProcessId = 7 }, Seconds(0)), StringComparison.Ordinal);
        Assert.Contains("was told a world of 3 ranks and rank 0 one of 2", other.Join(Greeting(1), Seconds(0)), StringComparison.Ordinal);
        Assert.StartsWith("Rank 1 of 2 did not come within 3 s. Here are rank 0 (host, process 100)", other.NotAllCame(Seconds(3)), StringComparison.Ordinal);
    }

    [Fact]
    public void AGreetingComesBackFromItsBytes()
    {
        Assert.Equal(Greeting(1), Control.Greeting.From(Greeting(1).ToBytes()));
        Assert.Null(Control.Greeting.From([]));
        Assert.Null(Control.Greeting.From("GET / HTTP/1.1\r\n\r\n"u8.ToArray()));
        Assert.Null(Control.Greeting.From(Greeting(1).ToBytes()[..^3]));
    }

    [Fact]
    public void AStopOfThisProcessCountsAsOneTick()
    {
        var clock = new OwnClock(TimeSpan.FromMilliseconds(50));
        Thread.Sleep(400);
        Assert.InRange(clock.Tick(), TimeSpan.FromMilliseconds(49), TimeSpan.FromMilliseconds(51));
        Assert.True(clock.Tick() > TimeSpan.FromMilliseconds(50));
    }

    private static TimeSpan Seconds(double number) => TimeSpan.FromSeconds(number);

    private static Greeting Greeting(int rank) => new("job", "MPI", rank, 3, "host", 100 + rank);

    private void ReportAll(long entered, double now)
    {
        for (var rank = 0; rank < 3; rank++)
        {
            Report(rank, entered, now);
        }
    }

    private void Report(int rank, long entered, double now)
        => health.Advance(rank, new RankProgress(entered, entered, IsLeaving: false, $"AllReduce {entered}"), Seconds(now));
}
