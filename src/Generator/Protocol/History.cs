using System.Collections.Immutable;

namespace Precision.Generator.Protocol;

/// <summary>What has happened on one path. Of what no fact tells nothing is known.</summary>
internal sealed class History : IEquatable<History>
{
    /// <summary>Where nothing is known.</summary>
    public static readonly History Unknown = new(ImmutableDictionary<FactKey, Fact>.Empty);

    private readonly ImmutableDictionary<FactKey, Fact> facts;
    private readonly int hash;

    private History(ImmutableDictionary<FactKey, Fact> facts)
    {
        this.facts = facts;
        foreach (var fact in facts)
        {
            hash ^= unchecked((fact.Key.GetHashCode() * 31) + fact.Value.GetHashCode());
        }
    }

    /// <summary>What is known of something; null where nothing is.</summary>
    public Fact? this[FactKey key] => facts.TryGetValue(key, out var fact) ? fact : null;

    /// <summary>All facts of a topic.</summary>
    public IEnumerable<KeyValuePair<FactKey, Fact>> Of(Topic topic) => facts.Where(fact => fact.Key.Topic == topic);

    /// <summary>The history with another fact; null removes it.</summary>
    public History With(FactKey key, Fact? fact) => fact is not null ? new(facts.SetItem(key, fact))
        : facts.ContainsKey(key) ? new(facts.Remove(key)) : this;

    /// <summary>The history without some facts.</summary>
    public History Without(Func<FactKey, bool> isForgotten)
    {
        var forgotten = facts.Keys.Where(isForgotten).ToList();
        return forgotten.Count == 0 ? this : new(facts.RemoveRange(forgotten));
    }

    /// <summary>The history without what concerns places.</summary>
    public History WithoutPlaces(Func<Place, bool> isForgotten)
    {
        var forgotten = facts
            .Where(fact => Is(fact.Key.Object) || Is(fact.Key.Other) || Is(fact.Value.Place))
            .Select(static fact => fact.Key)
            .ToList();
        return forgotten.Count == 0 ? this : new(facts.RemoveRange(forgotten));

        bool Is(Place? place)
        {
            for (var current = place; current is not null; current = current.Owner)
            {
                if (isForgotten(current))
                {
                    return true;
                }
            }

            return false;
        }
    }

    public bool Equals(History? other)
        => other is not null && (ReferenceEquals(this, other)
            || (hash == other.hash && facts.Count == other.facts.Count
                && facts.All(fact => other.facts.TryGetValue(fact.Key, out var value) && value.Equals(fact.Value))));

    public override bool Equals(object? obj) => Equals(obj as History);

    public override int GetHashCode() => hash;
}
