using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Regions;

/// <summary>What kind of region code runs in.</summary>
internal enum RegionKind
{
    /// <summary>None that the code shows: every operation runs in the dtypes of its inputs.</summary>
    None,

    /// <summary>Autocast is on.</summary>
    Autocast,

    /// <summary>Autocast is off, also when a caller's is on: <c>Autocast.Disable</c>, a <c>[FullPrecision]</c> class.</summary>
    Disabled,

    /// <summary>The forward of a class without autocast: floating inputs and parameters have the compute dtype.</summary>
    TrueSixteenBit,

    /// <summary>One of several, by who calls.</summary>
    Uncertain,
}

/// <summary>The region around an operation.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Dtypes">The dtypes that it computes in, in one scenario or another; none without a region.</param>
internal readonly record struct RegionFact(RegionKind Kind, Dtypes Dtypes);
