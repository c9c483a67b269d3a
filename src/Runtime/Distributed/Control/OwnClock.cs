using System.Diagnostics;

namespace Precision.Distributed.Control;

/// <summary>
/// Time as a watching thread lived it, so that a process that was itself stopped (a debugger, a suspended machine) does not hold that time
/// against others.
/// </summary>
/// <param name="longestTick">What counts at most between two ticks.</param>
internal sealed class OwnClock(TimeSpan longestTick)
{
    private long last = Stopwatch.GetTimestamp();
    private long now;

    public TimeSpan Now => new(Volatile.Read(ref now));

    /// <summary>Goes on; the watching thread calls it at intervals.</summary>
    public TimeSpan Tick()
    {
        var elapsed = Stopwatch.GetElapsedTime(last);
        last = Stopwatch.GetTimestamp();
        Volatile.Write(ref now, now + (elapsed < longestTick ? elapsed : longestTick).Ticks);
        return Now;
    }
}
