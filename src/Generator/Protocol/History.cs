namespace Precision.Generator.Protocol;

/// <summary>
/// What has happened on one path. Of what no fact tells nothing is known. A history has a dozen facts and is copied where one changes.
/// </summary>
internal sealed class History : IEquatable<History>
{
    /// <summary>Where nothing is known.</summary>
    public static readonly History Unknown = new([]);

    private readonly KeyValuePair<FactKey, Fact>[] facts;
    private readonly int hash;

    /// <summary>The topics that facts are about, a bit for each.</summary>
    private readonly int topics;

    private History(KeyValuePair<FactKey, Fact>[] facts)
    {
        this.facts = facts;
        foreach (var fact in facts)
        {
            hash ^= unchecked((fact.Key.GetHashCode() * 31) + fact.Value.GetHashCode());
            topics |= 1 << (int)fact.Key.Topic;
        }
    }

    /// <summary>What is known of something; null where nothing is.</summary>
    public Fact? this[FactKey key] => Has(key.Topic) && IndexOf(key) is >= 0 and var index ? facts[index].Value : null;

    /// <summary>All facts of a topic.</summary>
    public IEnumerable<KeyValuePair<FactKey, Fact>> Of(Topic topic)
        => Has(topic) ? facts.Where(fact => fact.Key.Topic == topic) : [];

    /// <summary>Whether something is known of a topic.</summary>
    public bool Has(Topic topic) => (topics & (1 << (int)topic)) != 0;

    /// <summary>The history with another fact; null removes it.</summary>
    public History With(FactKey key, Fact? fact)
    {
        var index = Has(key.Topic) ? IndexOf(key) : -1;
        if (fact is null)
        {
            return index < 0 ? this : new(Array.FindAll(facts, other => !ReferenceEquals(other.Key, facts[index].Key)));
        }

        if (index >= 0 && facts[index].Value.Equals(fact))
        {
            return this;
        }

        var changed = new KeyValuePair<FactKey, Fact>[index < 0 ? facts.Length + 1 : facts.Length];
        facts.CopyTo(changed, 0);
        changed[index < 0 ? facts.Length : index] = new(key, fact);
        return new(changed);
    }

    /// <summary>The history without some facts.</summary>
    public History Without(Func<FactKey, bool> isForgotten) => Without(fact => isForgotten(fact.Key));

    /// <summary>The history without some facts of a topic.</summary>
    public History Without(Topic topic, Func<FactKey, bool>? isForgotten = null)
        => Has(topic) ? Without(fact => fact.Key.Topic == topic && isForgotten?.Invoke(fact.Key) is not false) : this;

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
        var left = Array.FindAll(facts, fact => !isForgotten(fact));
        return left.Length == facts.Length ? this : new(left);
    }

    private int IndexOf(FactKey key)
    {
        for (var i = 0; i < facts.Length; i++)
        {
            if (facts[i].Key.Equals(key))
            {
                return i;
            }
        }

        return -1;
    }

    public bool Equals(History? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || hash != other.hash || topics != other.topics || facts.Length != other.facts.Length)
        {
            return false;
        }

        foreach (var fact in facts)
        {
            if (other.IndexOf(fact.Key) is not (>= 0 and var index) || !other.facts[index].Value.Equals(fact.Value))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as History);

    public override int GetHashCode() => hash;
}
