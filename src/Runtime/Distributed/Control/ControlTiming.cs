namespace Precision.Distributed.Control;

/// <summary>How long is waited, and how often is reported.</summary>
/// <param name="Limit">How long ranks wait for each other.</param>
internal sealed record ControlTiming(TimeSpan Limit)
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a program has to end by itself after its group failed.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>How often each side says that it lives.</summary>
    public TimeSpan Interval { get; } = Clamp(Limit / 20);

    /// <summary>What counts at most between two looks at the clock.</summary>
    public TimeSpan LongestTick => 4 * Interval;

    /// <summary>How long rank 0's verdict may take to arrive.</summary>
    public TimeSpan Reply => 4 * Interval;

    private static TimeSpan Clamp(TimeSpan interval)
        => interval > LongestInterval ? LongestInterval : interval < ShortestInterval ? ShortestInterval : interval;
}
