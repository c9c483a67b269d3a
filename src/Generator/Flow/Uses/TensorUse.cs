namespace Precision.Generator.Flow.Uses;

/// <summary>What the uses of a tensor show of its dtype.</summary>
[Flags]
internal enum TensorUse
{
    /// <summary>Nothing: it is looked at, as by <c>x.shape</c>.</summary>
    None = 0,

    /// <summary>It is floating: a layer, a product or a function takes it that takes nothing else.</summary>
    Floating = 1,

    /// <summary>It is computed with.</summary>
    Number = 2,

    /// <summary>It holds indices or flags.</summary>
    Index = 4,

    /// <summary>It is given to code that is not here.</summary>
    Unknown = 8,
}
