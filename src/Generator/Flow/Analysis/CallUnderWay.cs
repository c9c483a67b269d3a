using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>A call whose result is being found. A call of itself takes rounds: in the first one the inner call gives nothing.</summary>
/// <param name="key">The call.</param>
/// <param name="outer">The call that it is part of.</param>
internal sealed class CallUnderWay(SummaryKey key, CallUnderWay? outer)
{
    /// <summary>What calls in it give in this round: they were found from what this call gives so far.</summary>
    private readonly Dictionary<SummaryKey, Summary> inRound = [];
    private readonly int level = outer is null ? 0 : outer.level + 1;
    private readonly CallUnderWay? outer = outer;
    private readonly SummaryKey key = key;
    private FlowValue? result = TensorDtype.Bottom;
    private bool isRecursive;

    /// <summary>The innermost call around this one whose result so far this one was found from.</summary>
    private CallUnderWay? needed;

    /// <summary>Whether it may give more than was found, so that what it gives must not be kept.</summary>
    public bool IsProvisional => needed is not null;

    /// <summary>What a call gives so far, if it is under way itself or was found from one that is.</summary>
    public static Summary? Find(CallUnderWay? innermost, SummaryKey key)
    {
        for (var call = innermost; call is not null; call = call.outer)
        {
            if (call.key.Equals(key))
            {
                call.isRecursive = true;
                Need(innermost, call);
                return Summary.Nothing with { Value = call.result }; // the round tells all else
            }

            if (call.inRound.TryGetValue(key, out var summary))
            {
                Need(innermost, call);
                return summary;
            }
        }

        return null;
    }

    /// <summary>Keeps what it gives, while it is <see cref="IsProvisional"/>, for the rest of the round.</summary>
    public void KeepForRound(Summary summary) => needed!.inRound[key] = summary;

    /// <summary>Ends a round.</summary>
    /// <param name="found">What it gives in this round; what it gives in all.</param>
    /// <returns>Whether another one may find more.</returns>
    public bool NeedsRound(ref FlowValue? found)
    {
        found = FlowValue.Join(result, found);
        if (!isRecursive || found is null || found.Equals(result))
        {
            // What always calls itself gives nothing.
            found = isRecursive && found is TensorDtype { IsBottom: true } ? FlowValue.Top : found;
            return false;
        }

        result = found;
        inRound.Clear();
        return true;
    }

    private static void Need(CallUnderWay? innermost, CallUnderWay call)
    {
        for (var inner = innermost!; inner != call; inner = inner.outer!)
        {
            inner.needed = inner.needed is { } closer && closer.level > call.level ? closer : call;
        }
    }
}
