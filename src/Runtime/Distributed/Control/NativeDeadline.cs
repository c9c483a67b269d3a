namespace Precision.Distributed.Control;

/// <summary>Ends the process where a native call that nothing can interrupt does not return in time.</summary>
internal sealed class NativeDeadline : IDisposable
{
    private readonly Timer timer;

    /// <param name="call">The call's name, for the message.</param>
    /// <param name="limit">How long it may take.</param>
    public NativeDeadline(string call, TimeSpan limit)
        => timer = new Timer(
            _ => ProcessEnd.Now($"Precision ends this process: {call} did not return within {RankRecord.Format(limit)}."),
            null, limit, Timeout.InfiniteTimeSpan);

    public void Dispose() => timer.Dispose();
}
