using System.Runtime.InteropServices;

namespace Samples.CommandLine;

/// <summary>
/// Turns the first Ctrl-C (SIGINT) or SIGTERM into a request to stop after the step that is running, and leaves the second
/// to end the program at once, as it would without this class.
/// </summary>
public sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;

    public StopSignal()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Whether a signal, not the time limit, asked to stop.</summary>
    public bool Requested { get; private set; }

    /// <summary>Cancelled by a signal or by the time limit.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Asks to stop after this time, too.</summary>
    public void After(TimeSpan limit) => source.CancelAfter(limit);

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !Requested;
        Requested = true;
        source.Cancel();
    }
}
