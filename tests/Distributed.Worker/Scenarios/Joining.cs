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

    /// <summary>A second group of the same program.</summary>
    public static void JoinTwice(WorkerContext context)
    {
        context.Group.Dispose();
        context.WriteException("again", () => ProcessGroup.Join());
    }
}
