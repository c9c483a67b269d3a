using System.Collections.Immutable;

namespace Precision.Generator.Protocol;

/// <summary>What has happened on one path. Of what no fact tells nothing is known.</summary>
internal sealed class History : IEquatable<History>
{
    /// <summary>Where nothing is known.</summary>
    public static readonly History Unknown = new(ImmutableDictionary<FactKey, Fact>.Empty, 0);

    private readonly ImmutableDictionary<FactKey, Fact> facts;
    private readonly int hash;

    private History(ImmutableDictionary<FactKey, Fact> facts, int hash) => (this.facts, this.hash) = (facts, hash);

    /// <summary>What is known of something; null where nothing is.</summary>
    public Fact? this[FactKey key] => facts.TryGetValue(key, out var fact) ? fact : null;

    /// <summary>All facts of a topic.</summary>
    public IEnumerable<KeyValuePair<FactKey, Fact>> Of(Topic topic) => facts.Where(fact => fact.Key.Topic == topic);

    /// <summary>The history with another fact; null removes it.</summary>
    public History With(FactKey key, Fact? fact)
    {
        var known = this[key];
        if (known is null ? fact is null : known.Equals(fact))
        {
            return this;
        }

        // The hash of all facts is that of each: histories are made by the thousand, and compared.
        var other = hash ^ (known is null ? 0 : HashOf(key, known)) ^ (fact is null ? 0 : HashOf(key, fact));
        return new(fact is null ? facts.Remove(key) : facts.SetItem(key, fact), other);
    }

    /// <summary>The history without some facts.</summary>
    public History Without(Func<FactKey, bool> isForgotten) => Without(fact => isForgotten(fact.Key));

    /// <summary>The history without what concerns places.</summary>
    public History WithoutPlaces(Func<Place, bool> isForgotten)
    {
        return Without(fact => Is(fact.Key.Object) || Is(fact.Key.Other) || Is(fact.Value.Place));

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

    private History Without(Func<KeyValuePair<FactKey, Fact>, bool> isForgotten)
    {
        var left = this;
        foreach (var fact in facts)
        {
            if (isForgotten(fact))
            {
                left = left.With(fact.Key, null);
            }
        }

        return left;
    }

    private static int HashOf(FactKey key, Fact fact) => unchecked((key.GetHashCode() * 31) + fact.GetHashCode());

    public bool Equals(History? other)
        => other is not null && (ReferenceEquals(this, other)
            || (hash == other.hash && facts.Count == other.facts.Count
                && facts.All(fact => other.facts.TryGetValue(fact.Key, out var value) && value.Equals(fact.Value))));

    public override bool Equals(object? obj) => Equals(obj as History);

    public override int GetHashCode() => hash;
}
