namespace Precision.Distributed.Control;

/// <summary>How far this rank is: written by the thread that calls collectives, read by the watching thread.</summary>
internal sealed class OwnProgress
{
    private readonly Lock access = new();
    private Collective last;
    private Collective? landmark;
    private long entered;
    private long completed;
    private TimeSpan since;

    /// <summary>What is reported to rank 0.</summary>
    public RankProgress Report
    {
        get
        {
            lock (access)
            {
                return new(entered, completed, last.Kind is CollectiveKind.Dispose, entered == 0 ? "" : last.ToString(), landmark?.ToString() ?? "");
            }
        }
    }

    /// <summary>A collective is called.</summary>
    public void Enter(Collective collective, TimeSpan now)
    {
        lock (access)
        {
            (last, since) = (collective, now);
            entered++;
            landmark = entered % RankProgress.Landmarks == 0 ? collective : landmark;
        }
    }

    /// <summary>It has returned.</summary>
    public void Complete()
    {
        lock (access)
        {
            completed = entered;
        }
    }

    /// <summary>The collective that has not returned yet, and since when; null = none.</summary>
    public (Collective Collective, TimeSpan Since)? Unfinished
    {
        get
        {
            lock (access)
            {
                return completed == entered ? null : (last, since);
            }
        }
    }
}
