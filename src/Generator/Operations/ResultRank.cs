namespace Precision.Generator.Operations;

/// <summary>Whether an operation's result has dimensions.</summary>
internal enum ResultRank
{
    /// <summary>Where its operands have some: it works element by element, or keeps the shape.</summary>
    Kept,

    /// <summary>It has one at least.</summary>
    Some,

    /// <summary>Of all elements none; of some dimensions it depends on the arguments.</summary>
    Reduced,

    /// <summary>It depends on shapes.</summary>
    Unknown,
}
