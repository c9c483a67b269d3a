using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Callers;

/// <summary>
/// What private fields of tensors hold while models run: what the methods of their class put there, in all entries together. A cache of
/// keys and values holds what it was given, whatever it joined with that.
/// </summary>
/// <remarks>Entries tell what the methods are given. Once this is known entries may know more, so that they are found twice.</remarks>
internal sealed class StoredTensors
{
    /// <summary>Far more than sets of dtypes can grow in.</summary>
    private const int MaximumRounds = 20;

    private readonly HashSet<IFieldSymbol> asked = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<Dtypes, Dictionary<IFieldSymbol, FlowValue?>> held = [];
    private bool isComplete;

    /// <summary>What a field holds in a scenario; null where that is not known.</summary>
    public FlowValue? Of(IFieldSymbol field, Scenario scenario)
    {
        if (!isComplete)
        {
            asked.Add(field);
        }

        return held.TryGetValue(scenario.Compute, out var fields) && fields.TryGetValue(field, out var value) ? value : null;
    }

    /// <summary>Finds out what the fields hold that were asked for while entries were found.</summary>
    /// <returns>Whether that is known of any.</returns>
    public bool Complete(Entries entries, FlowContext context, CancellationToken token)
    {
        var stores = asked.Select(field => PrivateStore.Of(field, entries, context, token)).OfType<PrivateStore>().ToArray();
        var writers = stores.SelectMany(static store => store.Writers).Distinct<IMethodSymbol>(SymbolEqualityComparer.Default).ToArray();
        foreach (var compute in writers.SelectMany(entries.AllOf).Select(static entry => entry.Scenario.Compute).Distinct())
        {
            // At first they hold nothing; what is put there may be made of what is there.
            held[compute] = new(SymbolEqualityComparer.Default);
            foreach (var store in stores)
            {
                held[compute].Add(store.Field, store.Empty);
            }

            var rounds = 0;
            while (Grow(held[compute], compute, writers, entries, context, token))
            {
                if (++rounds == MaximumRounds)
                {
                    held[compute].Clear();
                    break;
                }
            }

            foreach (var store in stores)
            {
                if (held[compute].TryGetValue(store.Field, out var value) && (value is null || value.Equals(store.Empty)))
                {
                    held[compute].Remove(store.Field);
                }
            }
        }

        context.Summaries.Clear();
        isComplete = true;
        return held.Values.Any(static fields => fields.Count > 0);
    }

    /// <summary>Adds what methods store where fields hold what is known so far.</summary>
    private static bool Grow(
        Dictionary<IFieldSymbol, FlowValue?> fields, Dtypes compute, IMethodSymbol[] writers, Entries entries, FlowContext context, CancellationToken token)
    {
        context.Summaries.Clear();
        var hasGrown = false;
        foreach (var (writer, entry) in writers.SelectMany(writer => entries.AllOf(writer).Select(entry => (writer, entry))))
        {
            // Code outside of models may store something too.
            if ((entry.Scenario.Compute != compute && entry.Model is not null) || context.BodyOf(writer, token) is not { IsReadable: true } body)
            {
                continue;
            }

            var analysis = new FlowAnalysis(context, new FlowRun(body, writer, entry with { Scenario = entry.Scenario with { Compute = compute } }), token);
            analysis.Run(entry.State(writer, body.Variables, context, token));
            foreach (var (field, value) in analysis.Stores.Select(static store => (store.Key, store.Value)))
            {
                if (fields.TryGetValue(field, out var before) && FlowValue.Join(before, value) is var joined && !Equals(joined, before))
                {
                    (fields[field], hasGrown) = (joined, true);
                }
            }
        }

        return hasGrown;
    }
}
