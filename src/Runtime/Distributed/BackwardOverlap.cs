using System.Runtime.ExceptionServices;
using Precision.Interop;

namespace Precision.Distributed;

/// <summary>
/// Starts the exchange of each bucket while the backward goes on, as soon as it and all before it are complete. Buckets that do not become
/// complete, and those behind them, are left for <see cref="Finish"/>.
/// </summary>
/// <param name="start">
/// Starts the exchange of a bucket. Called in the order of the buckets, on a thread of libtorch's or in <see cref="Finish"/>.
/// </param>
internal sealed class BackwardOverlap(Action<GradientBucket> start) : IAccumulationListener, IDisposable
{
    private readonly Lock access = new();   // a backward has a thread for each device
    private readonly List<MasterWeight> watched = [];
    private IReadOnlyList<GradientBucket> buckets = [];
    private int[] bucketOf = [];
    private bool[] isComplete = [];
    private int[] missing = [];
    private int started;
    private ExceptionDispatchInfo? failure;

    /// <summary>Whether a backward runs whose gradients are exchanged.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Whether other processes may have begun to wait for this one.</summary>
    public bool HasStarted => started > 0;

    /// <summary>Listens to the gradients of buckets from now on, and to no others.</summary>
    public void Watch(IReadOnlyList<GradientBucket> all)
    {
        Dispose();
        buckets = all;
        bucketOf = [.. all.SelectMany(static (bucket, i) => bucket.Weights.Select(_ => i))];
        isComplete = new bool[bucketOf.Length];
        if (AccumulationHook.IsAvailable)
        {
            watched.AddRange(all.SelectMany(static bucket => bucket.Weights));
            for (var i = 0; i < watched.Count; i++)
            {
                AccumulationHook.Set(watched[i].ModelParameter, this, i);
            }
        }
    }

    /// <summary>A backward begins.</summary>
    public void Begin()
    {
        lock (access)
        {
            Array.Clear(isComplete);
            missing = [.. buckets.Select(static bucket => bucket.Weights.Count())];
            (started, failure, IsRunning) = (0, null, true);
        }
    }

    public void OnAccumulated(int number)
    {
        lock (access)
        {
            if (!IsRunning || failure is not null)
            {
                return;
            }

            // No exception may pass through native code.
            try
            {
                Note(number);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        }
    }

    /// <summary>The backward has returned: starts what is left.</summary>
    /// <exception cref="InvalidOperationException">A gradient was added to after its exchange had begun.</exception>
    public void Finish()
    {
        lock (access)
        {
            failure?.Throw();
            while (started < buckets.Count)
            {
                StartNext();
            }

            IsRunning = false;
        }
    }

    /// <summary>The backward has failed: starts nothing more.</summary>
    public void Abandon()
    {
        lock (access)
        {
            IsRunning = false;
        }
    }

    /// <summary>Leaves no hook at a parameter.</summary>
    public void Dispose()
    {
        foreach (var weight in watched.Where(static weight => !weight.ModelParameter.IsInvalid))
        {
            AccumulationHook.Remove(weight.ModelParameter);
        }

        watched.Clear();
    }

    private void Note(int number)
    {
        var bucket = bucketOf[number];
        if (isComplete[number])
        {
            // Where it has not begun, the bucket takes the sum.
            if (bucket < started)
            {
                throw new InvalidOperationException(
                    $"The gradient of '{watched[number].Name}' came twice in one backward, and its average over the ranks had begun: a part "
                    + "of the backward is a backward of its own, as where activations are computed again. Set OverlapCommunication = false.");
            }

            return;
        }

        isComplete[number] = true;
        missing[bucket]--;
        while (started < buckets.Count && missing[started] == 0)
        {
            StartNext();
        }
    }

    private void StartNext() => start(buckets[started++]);
}
