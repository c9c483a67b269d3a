using System.Diagnostics;
using static TorchSharp.torch;

namespace Precision.Distributed.Worker.Scenarios;

/// <summary>
/// The last rank fails in some way after a first collective; the others go on with a second one. Each writes what it is about to do, so that
/// the test sees how far it came.
/// </summary>
internal static class Failures
{
    /// <summary>The last rank is killed or stopped by the test, which reads its process id.</summary>
    public static void WaitForSignal(WorkerContext context) => Run(context, static () => Thread.Sleep(Timeout.Infinite));

    /// <summary>The last rank throws.</summary>
    public static void Throw(WorkerContext context)
        => Run(context, static () => throw new InvalidOperationException("The planted fault."));

    /// <summary>The last rank leaves while the others go on.</summary>
    public static void Leave(WorkerContext context) => Run(context, context.Group.Dispose);

    /// <summary>The last rank calls another collective than the others.</summary>
    public static void CallAnother(WorkerContext context) => Run(context, context.Group.Barrier);

    /// <summary>The last rank computes for ever, and lives.</summary>
    public static void ComputeForEver(WorkerContext context) => Run(context, static () =>
    {
        while (true)
        {
            Thread.SpinWait(1_000);
        }
    });

    /// <summary>The first rank waits for ever where nothing can interrupt it, and the last throws.</summary>
    public static void HangAndThrow(WorkerContext context)
    {
        First(context);
        if (context.Group.Rank == context.Group.WorldSize - 1)
        {
            throw new InvalidOperationException("The planted fault.");
        }

        Thread.Sleep(Timeout.Infinite);
    }

    private static void Run(WorkerContext context, Action last)
    {
        First(context);
        if (context.Group.Rank == context.Group.WorldSize - 1)
        {
            last();
            return;
        }

        var since = Stopwatch.GetTimestamp();
        using var values = ones(8, device: context.Group.Device);
        try
        {
            context.Group.AllReduce(values);
        }
        catch (ProcessGroupException error)
        {
            context.Write("error", error.Message);
            context.Write("seconds", Stopwatch.GetElapsedTime(since).TotalSeconds);
            throw;
        }
    }

    private static void First(WorkerContext context)
    {
        using var values = ones(4, device: context.Group.Device);
        context.Group.AllReduce(values);
        context.WriteValues("first", values);
        context.Write("process", Environment.ProcessId);
    }
}
