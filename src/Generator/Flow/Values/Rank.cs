namespace Precision.Generator.Flow.Values;

/// <summary>Whether a tensor has dimensions: one without yields to those that have some when dtypes are promoted.</summary>
internal enum Rank
{
    Unknown,

    /// <summary>A tensor of one element and no dimension.</summary>
    Zero,

    /// <summary>One dimension at least.</summary>
    Positive,
}
