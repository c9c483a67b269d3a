using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What calls of the compilation's own methods give, as far as that was found out.</summary>
internal sealed class MethodSummaries
{
    /// <summary>How many calls deep an analysis goes.</summary>
    public const int MaximumDepth = 6;

    private readonly ConcurrentDictionary<SummaryKey, ImmutableArray<Known>> known = new();

    /// <summary>What a call gives; null where that was not found out.</summary>
    /// <param name="key">The call.</param>
    /// <param name="depth">
    /// How many calls deep in another analysis the method's body is. What is kept does not depend on who asked first, so that something else is
    /// never given than what an analysis at this depth would find.
    /// </param>
    public Summary? Find(SummaryKey key, int depth)
    {
        if (known.TryGetValue(Everywhere(key), out var all))
        {
            foreach (var one in all)
            {
                if ((one.Summary.IsCut ? one.Depth == depth : depth + one.Summary.Height <= MaximumDepth)
                    && (!one.Summary.DependsOnDevice || one.Devices == key.Entry.Scenario.Devices))
                {
                    return one.Summary;
                }
            }
        }

        return null;
    }

    /// <summary>Keeps what a call gives.</summary>
    public void Keep(SummaryKey key, int depth, Summary summary)
    {
        var one = new Known(key.Entry.Scenario.Devices, depth, summary);
        known.AddOrUpdate(Everywhere(key), _ => [one], (_, others) => others.Add(one));
    }

    /// <summary>Forgets all: something else is known of what methods read.</summary>
    public void Clear() => known.Clear();

    private static SummaryKey Everywhere(SummaryKey key) => key with { Entry = key.Entry.On(Devices.Any) };

    /// <summary>What was found in one analysis.</summary>
    private readonly record struct Known(Devices Devices, int Depth, Summary Summary);
}

/// <summary>What a call of a method gives.</summary>
/// <param name="Value">What it returns; null when nothing is known.</param>
/// <param name="DependsOnDevice">Whether something else would be found on another kind of device.</param>
/// <param name="Height">How many calls deep the calls in it go.</param>
/// <param name="IsCut">Whether calls in it were not followed because they are too deep.</param>
/// <param name="Calls">The calls of the compilation's own methods in it.</param>
internal sealed record Summary(FlowValue? Value, bool DependsOnDevice, int Height, bool IsCut, IReadOnlyList<NotedCall> Calls)
{
    /// <summary>Of a method that cannot be read.</summary>
    public static readonly Summary Nothing = new(FlowValue.Top, DependsOnDevice: false, Height: 0, IsCut: false, []);
}

/// <summary>A call of a method of the same compilation, and how it enters that.</summary>
internal readonly record struct NotedCall(IMethodSymbol Method, Entry Entry);

/// <summary>A call of a method, as far as what it gives depends on it.</summary>
internal sealed record SummaryKey(IMethodSymbol Method, Entry Entry)
{
    public bool Equals(SummaryKey? other)
        => other is not null && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Entry.Equals(other.Entry);

    public override int GetHashCode() => unchecked((SymbolEqualityComparer.Default.GetHashCode(Method) * 31) + Entry.GetHashCode());
}
