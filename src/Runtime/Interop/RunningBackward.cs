namespace Precision.Interop;

/// <summary>
/// A backward that this thread waits for. Its operations may run on other threads, and libtorch cannot say why one of them failed; here
/// the failure comes to the backward that it belongs to, also where several threads train.
/// </summary>
internal sealed class RunningBackward : IDisposable
{
    private static readonly Lock Access = new();
    private static readonly List<RunningBackward> All = [];

    private readonly int thread = Environment.CurrentManagedThreadId;

    public RunningBackward()
    {
        lock (Access)
        {
            All.Add(this);
        }
    }

    /// <summary>Why an operation of <see cref="AutogradNode"/> failed; null where none has.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>An operation failed on this thread, which is the one of a backward on a CPU and libtorch's own on a GPU.</summary>
    /// <param name="error">Why.</param>
    /// <param name="recordingThread">Where its forward ran, usually the thread of its backward.</param>
    public static void NoteFailure(Exception error, int recordingThread)
    {
        lock (Access)
        {
            var own = All is [var only] ? only : Of(Environment.CurrentManagedThreadId) ?? Of(recordingThread);
            own?.Failure ??= error;
        }
    }

    public void Dispose()
    {
        lock (Access)
        {
            All.Remove(this);
        }
    }

    private static RunningBackward? Of(int thread) => All.FindLast(backward => backward.thread == thread);
}
