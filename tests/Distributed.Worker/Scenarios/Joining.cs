using System.Globalization;
using System.Runtime.InteropServices;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>Ways to join, and not to.</summary>
internal static class Joining
{
    /// <summary>Every rank joins and leaves without a word.</summary>
    public static void Join(WorkerContext context) => context.Write("worldSize", context.Group.WorldSize);

    /// <summary>The last rank never comes.</summary>
    public static void StayAway(WorkerContext context)
    {
        if (Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK") == "1")
        {
            Thread.Sleep(Timeout.Infinite);
        }

        context.WaitShortForOthers();
        context.Write("worldSize", context.Group.WorldSize);
    }

    /// <summary>The program ends without leaving the group, and one rank later than the other.</summary>
    public static void EndWithoutLeaving(WorkerContext context)
    {
        context.Write("worldSize", context.Group.WorldSize);
        context.Forget();
        Thread.Sleep(TimeSpan.FromSeconds(context.Group.Rank));
    }

    /// <summary>Joins nothing: the last rank ends with exit code 7 while the others wait for ever, and all say who they are.</summary>
    public static void EndAlone(WorkerContext context)
    {
        var (rank, count) = (Environment.GetEnvironmentVariable("RANK")!, Environment.GetEnvironmentVariable("WORLD_SIZE"));
        context.WriteAs(int.Parse(rank, CultureInfo.InvariantCulture), "isLaunched", Launcher.IsLaunched);
        context.WriteAs(int.Parse(rank, CultureInfo.InvariantCulture), "process", Environment.ProcessId);
        if (rank == "1" && count == "2")
        {
            Environment.Exit(7);
        }

        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Joins nothing, and ends well a while after it was told to end.</summary>
    public static void SaveWhenTold(WorkerContext context)
    {
        var signals = 0;
        using var told = new ManualResetEventSlim();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Note);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Note);
        Write(context, "process", Environment.ProcessId);
        told.Wait();
        Thread.Sleep(500);
        Write(context, "signals", signals);

        void Note(PosixSignalContext received)
        {
            received.Cancel = true;
            Interlocked.Increment(ref signals);
            told.Set();
        }
    }

    /// <summary>Joins nothing, and does not end by itself.</summary>
    public static void IgnoreSignals(WorkerContext context)
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static received => received.Cancel = true);
        Write(context, "process", Environment.ProcessId);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>A second group of the same program.</summary>
    public static void JoinTwice(WorkerContext context)
    {
        context.Group.Dispose();
        context.WriteException("again", () => ProcessGroup.Join());
    }

    private static void Write(WorkerContext context, string name, object value)
        => context.WriteAs(int.Parse(Environment.GetEnvironmentVariable("RANK")!, CultureInfo.InvariantCulture), name, value);
}
