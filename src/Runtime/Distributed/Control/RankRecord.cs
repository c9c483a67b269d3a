using System.Globalization;

namespace Precision.Distributed.Control;

/// <summary>What rank 0 knows of a rank.</summary>
internal sealed class RankRecord(Greeting greeting, TimeSpan now)
{
    /// <summary>The number of digits after the point that seconds have in messages.</summary>
    private const string Seconds = "0.#";

    public int Rank => greeting.Rank;

    /// <summary>Which process it is, for messages.</summary>
    public string Name => $"rank {greeting.Rank} ({greeting.Host}, process {greeting.ProcessId})";

    public RankProgress Progress { get; private set; } = new(0, 0, false, "");

    /// <summary>When something came from it.</summary>
    public TimeSpan LastSeen { get; private set; } = now;

    /// <summary>Since when others wait for it, while it does not move; null where nobody does.</summary>
    public TimeSpan? BehindSince { get; private set; }

    /// <summary>Notes what came from the rank.</summary>
    public void Advance(RankProgress progress, TimeSpan now)
    {
        LastSeen = now;
        if (progress.Entered != Progress.Entered)
        {
            BehindSince = null;
        }

        Progress = progress;
    }

    /// <summary>Notes how far the foremost rank is.</summary>
    public void CompareWith(long foremost, TimeSpan now) => BehindSince = Progress.Entered >= foremost ? null : BehindSince ?? now;

    /// <summary>What the rank does, and when it was last heard of.</summary>
    public string Describe(TimeSpan now, TimeSpan silenceWorthNaming)
    {
        var does = Progress switch
        {
            { Entered: 0 } => "has not joined",
            { Entered: 1, Completed: 0 } => "joins",
            { Entered: 1 } => "has called no collective",
            { IsLeaving: true } => "leaves the group",
            _ => $"is {(Progress.Completed < Progress.Entered ? "in" : "after")} {Progress.Last} (its {Ordinal(Progress.Entered - 1)} collective)",
        };
        var silence = now - LastSeen;
        return $"{Name} {does}"
            + (silence > silenceWorthNaming
                ? $" and has given no sign of life for {Format(silence)}: it is stopped or cannot be reached"
                : "");
    }

    public static string Format(TimeSpan time) => time.TotalSeconds.ToString(Seconds, CultureInfo.InvariantCulture) + " s";

    /// <summary>"1st" and the like.</summary>
    public static string Ordinal(long number) => (number % 100, number % 10) switch
    {
        (not 11, 1) => $"{number}st",
        (not 12, 2) => $"{number}nd",
        (not 13, 3) => $"{number}rd",
        _ => $"{number}th",
    };
}
