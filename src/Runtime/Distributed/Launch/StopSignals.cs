using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Precision.Distributed;

/// <summary>
/// Hands signals that end a launcher on to its ranks, which may save before they end: the launcher waits for them. A second signal, or the
/// end of the time, kills them.
/// </summary>
internal sealed partial class StopSignals : IDisposable
{
    private static readonly PosixSignal[] Handled = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP];

    private readonly IReadOnlyList<Process> ranks;
    private readonly TimeSpan patience;
    private readonly Action<Process> kill;
    private readonly Timer deadline;
    private readonly List<PosixSignalRegistration> registrations;
    private int received;

    /// <param name="ranks">Who is told.</param>
    /// <param name="patience">How long they may take.</param>
    /// <param name="kill">Ends one.</param>
    public StopSignals(IReadOnlyList<Process> ranks, TimeSpan patience, Action<Process> kill)
    {
        (this.ranks, this.patience, this.kill) = (ranks, patience, kill);
        deadline = new Timer(_ => KillAll());
        registrations = [.. Handled.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public void Dispose()
    {
        registrations.ForEach(static registration => registration.Dispose());
        using var ended = new ManualResetEvent(false);
        if (deadline.Dispose(ended))
        {
            ended.WaitOne();
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref received) > 1)
        {
            KillAll();
            return;
        }

        deadline.Change(patience, Timeout.InfiniteTimeSpan);
        if (!OperatingSystem.IsWindows() && !(context.Signal is PosixSignal.SIGINT && IsInForeground()))
        {
            foreach (var rank in ranks.Where(static rank => !rank.HasExited))
            {
                _ = Kill(rank.Id, Number(context.Signal));
            }
        }
    }

    private void KillAll()
    {
        foreach (var rank in ranks)
        {
            kill(rank);
        }
    }

    private static int Number(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        _ => 15,
    };

    // A terminal gives Ctrl-C to the ranks too, and twice would be one time too many. Windows always does.
    private static bool IsInForeground()
    {
        var group = GetProcessGroup();
        return Enumerable.Range(0, 3).Any(stream => GetForegroundGroup(stream) == group);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GetProcessGroup();

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int GetForegroundGroup(int stream);
}
