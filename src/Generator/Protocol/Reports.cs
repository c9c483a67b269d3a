using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Protocol;

/// <summary>Collects what is wrong in a body.</summary>
/// <param name="code">The body.</param>
/// <param name="isSaidIn">Whether something of a kind is reported in the body of a helper.</param>
internal sealed class Reports(Code code, Func<Code, MisuseKind, bool> isSaidIn)
{
    private readonly List<Misuse> found = [];

    /// <summary>What was found, each once.</summary>
    public IReadOnlyList<Misuse> Found => found;

    /// <summary>Adds something, unless the helper in which all of it stands says so itself.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="at">Where to report it.</param>
    /// <param name="frame">Where it was noticed.</param>
    /// <param name="evidence">What had happened before that makes it wrong; null where the call alone does.</param>
    /// <param name="others">The other calls that the message names.</param>
    /// <param name="arguments">What the message says.</param>
    public void Add(
        MisuseKind kind, Site at, Frame frame, (FactKey Key, Fact Fact)? evidence, IEnumerable<Site> others, params string[] arguments)
    {
        var isFromCaller = evidence is { } known
            && (Equals(frame.Entry[known.Key], known.Fact) || known.Fact.Value is { IsFromCaller: true });
        if (frame.Caller is not null && (!isFromCaller || IsSaidOnTheWay(kind, frame)))
        {
            return;
        }

        var places = others.Select(static other => other.Actual).Append(at.Actual)
            .Where(node => node != at.Anchor).Distinct().ToImmutableArray();
        if (!found.Any(other => other.Kind == kind && other.At == at.Anchor))
        {
            found.Add(new Misuse(kind, at.Anchor, places, [.. arguments], TriggerOf(at.Anchor)));
        }
    }

    /// <summary>Adds reads in each step of a loop, at the first of them.</summary>
    /// <param name="reads">Their places in the body, and the reads there or in helpers.</param>
    public void AddWait(IReadOnlyList<(IOperation At, IOperation Read)> reads)
    {
        var (at, read) = reads[0];
        var others = reads.Select(static other => other.Read.Syntax).Where(node => node != at.Syntax).Distinct().ToImmutableArray();
        found.Add(new Misuse(MisuseKind.DeviceWait, at.Syntax, others, [DeviceWaits.NameOf(read)], TriggerOf(at.Syntax)));
    }

    /// <summary>Whether a helper on the way reports the like: then the callers' histories are what it left.</summary>
    private bool IsSaidOnTheWay(MisuseKind kind, Frame frame)
    {
        for (var current = frame; current.Caller is not null; current = current.Caller)
        {
            if (current.Code != code && isSaidIn(current.Code, kind))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The call at whose visit it is reported: the place itself, or the first one of the body.</summary>
    private SyntaxNode TriggerOf(SyntaxNode at) => code.Triggers.Contains(at) ? at : code.Triggers[0];
}
