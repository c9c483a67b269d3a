namespace Precision.Generator.Flow.Values;

/// <summary>What is known of one tensor's dtype in one scenario.</summary>
/// <param name="Dtypes">The dtypes that it may have.</param>
/// <param name="Rank">Whether it has dimensions.</param>
/// <param name="Origin">Where it got the dtype; null when nobody asked for it.</param>
internal sealed record TensorDtype(Dtypes Dtypes, Rank Rank = Rank.Unknown, DtypeOrigin? Origin = null) : FlowValue
{
    /// <summary>Of a tensor about which nothing else is known.</summary>
    public static readonly TensorDtype Unknown = new(Dtypes.Any);

    /// <summary>Of what holds no value: null where a tensor could be, and whatever nothing was assigned to yet.</summary>
    public static readonly TensorDtype Bottom = new(Dtypes.None);

    /// <summary>Whether the operation that would give it throws, since its operands have two dtypes: then this is what it gives once they have one.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Whether no value comes here.</summary>
    public bool IsBottom => Dtypes is Dtypes.None;

    /// <summary>Whether the dtype is known.</summary>
    public bool IsKnown => Dtypes.IsOne();

    /// <summary>What is known of a tensor that is this one or the other.</summary>
    public TensorDtype JoinWith(TensorDtype other)
    {
        if (IsBottom || Equals(other))
        {
            return IsBottom ? other : Earlier(this, other);
        }

        return other.IsBottom
            ? this
            : new(Dtypes | other.Dtypes, Rank == other.Rank ? Rank : Rank.Unknown, Earlier(this, other).Origin);
    }

    /// <summary>Equal in what is known; where it comes from does not count, so that analyses end.</summary>
    public bool Equals(TensorDtype? other) => other is not null && Dtypes == other.Dtypes && Rank == other.Rank;

    public override int GetHashCode() => ((int)Dtypes * 4) + (int)Rank;

    /// <summary>The one whose dtype was given earlier in the text, so that joining in another order gives the same.</summary>
    private static TensorDtype Earlier(TensorDtype left, TensorDtype right)
        => left.Origin is null || (right.Origin is { } other && other.Syntax.SpanStart < left.Origin.Syntax.SpanStart) ? right : left;
}
