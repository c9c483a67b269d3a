using System.Diagnostics;

namespace TextGeneration.Training;

/// <summary>
/// When a run reports, and whether it is to stop. Several ranks agree on both where they report, so that all do the same after the same
/// step; a rank alone stops after the step that is running.
/// </summary>
internal sealed class ReportPace(Ranks ranks, int firstStep, CancellationToken stop)
{
    private const int Every = 10;

    private static readonly TimeSpan AtLeastEvery = TimeSpan.FromSeconds(2);

    private readonly Stopwatch sinceReport = Stopwatch.StartNew();
    private int lastMeeting = firstStep;
    private int nextMeeting = firstStep + 1;
    private bool isStopAgreed;

    public bool IsStopped => ranks.Count == 1 ? stop.IsCancellationRequested : isStopAgreed;

    /// <summary>Whether to report after this step; all ranks ask after each.</summary>
    public bool IsDue(int step)
    {
        var isDue = ranks.Count == 1 ? step % Every == 0 || sinceReport.Elapsed > AtLeastEvery : step == nextMeeting;
        if (isDue)
        {
            Agree(step);
            sinceReport.Restart();
        }

        return isDue;
    }

    private void Agree(int step)
    {
        if (ranks.Count == 1)
        {
            return;
        }

        // The slowest rank's time per step is one number for all; their own differ.
        var agreed = ranks.Largest(stop.IsCancellationRequested ? 1 : 0, sinceReport.Elapsed.TotalSeconds / (step - lastMeeting));
        isStopAgreed = agreed[0] > 0;
        lastMeeting = step;
        nextMeeting = Math.Min(step + (int)Math.Clamp(AtLeastEvery.TotalSeconds / agreed[1], 1, Every), ((step / Every) + 1) * Every);
    }
}
