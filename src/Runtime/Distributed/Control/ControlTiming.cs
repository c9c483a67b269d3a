namespace Precision.Distributed.Control;

/// <summary>How long is waited, and how often is reported.</summary>
/// <param name="Limit">How long ranks wait for each other.</param>
/// <param name="Joining">How long they wait for each other to come.</param>
internal sealed record ControlTiming(TimeSpan Limit, TimeSpan Joining)
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>The most of <see cref="Grace"/>.</summary>
    public static readonly TimeSpan LongestGrace = TimeSpan.FromSeconds(5);

    /// <summary>How long a program has to end by itself after its group failed.</summary>
    public TimeSpan Grace { get; } = Limit < LongestGrace ? Limit : LongestGrace;

    /// <summary>How often each side says that it lives.</summary>
    public TimeSpan Interval { get; } = Clamp(Limit / 20);

    /// <summary>What counts at most between two looks at the clock.</summary>
    public TimeSpan LongestTick => 4 * Interval;

    /// <summary>How long rank 0's verdict may take to arrive.</summary>
    public TimeSpan Reply => 4 * Interval;

    private static TimeSpan Clamp(TimeSpan interval)
        => interval > LongestInterval ? LongestInterval : interval < ShortestInterval ? ShortestInterval : interval;
}
