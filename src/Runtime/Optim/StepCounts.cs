using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>
/// How many steps each parameter of a bucket has taken: one Float32 vector on their device, so that counting is one operation
/// for all, and so that a step that the device skips can be taken back there. Exact up to 2^24 steps.
/// </summary>
internal sealed class StepCounts : IDisposable
{
    private readonly Tensor counts;
    private readonly bool[] counted;
    private Tensor increments;

    /// <summary>Counts from 0.</summary>
    /// <param name="length">The number of parameters.</param>
    /// <param name="device">Their device.</param>
    public StepCounts(int length, Device device)
    {
        counts = zeros(length, dtype: float32, device: device).DetachFromDisposeScope();
        increments = ones(length, dtype: float32, device: device).DetachFromDisposeScope();
        counted = [.. Enumerable.Repeat(true, length)];
        Views = [.. Enumerable.Range(0, length).Select(i => counts[i].DetachFromDisposeScope())];
    }

    /// <summary>For each parameter its count: one number that shares the vector's memory.</summary>
    public IReadOnlyList<Tensor> Views { get; }

    /// <summary>Counts a step of the parameters that are present.</summary>
    public void Add(ReadOnlySpan<bool> present)
    {
        if (!present.SequenceEqual(counted))
        {
            present.CopyTo(counted);
            increments.Dispose();
            increments = tensor([.. counted.Select(static c => c ? 1f : 0f)], dtype: float32, device: counts.device)
                .DetachFromDisposeScope();
        }

        counts.add_(increments, Scalars.One);
    }

    /// <summary>Takes the last <see cref="Add"/> back.</summary>
    public void TakeBack() => counts.sub_(increments);

    /// <summary>Takes the last <see cref="Add"/> back if <paramref name="skipped"/> is 1, not if it is 0.</summary>
    public void TakeBackIf(Tensor skipped)
    {
        using var taken = increments.mul(skipped);
        counts.sub_(taken);
        GC.KeepAlive(skipped);
    }

    public void Dispose()
    {
        foreach (var view in Views)
        {
            view.Dispose();
        }

        counts.Dispose();
        increments.Dispose();
    }
}
