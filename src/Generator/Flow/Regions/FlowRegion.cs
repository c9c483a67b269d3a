using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Regions;

/// <summary>What autocast may be set to at one place in one scenario.</summary>
/// <param name="Kind">The kind of region.</param>
/// <param name="MayBeOff">Whether it may be off.</param>
/// <param name="MayBe">The dtypes that it may be on with.</param>
internal readonly record struct FlowRegion(RegionKind Kind, bool MayBeOff, Dtypes MayBe)
{
    public static readonly FlowRegion None = new(RegionKind.None, MayBeOff: true, Dtypes.None);

    public static readonly FlowRegion Disabled = new(RegionKind.Disabled, MayBeOff: true, Dtypes.None);

    public static readonly FlowRegion TrueSixteenBit = new(RegionKind.TrueSixteenBit, MayBeOff: true, Dtypes.None);

    /// <summary>A region of one of some dtypes.</summary>
    public static FlowRegion Autocast(Dtypes dtypes) => new(RegionKind.Autocast, MayBeOff: false, dtypes);

    /// <summary>This one or another, by who calls.</summary>
    public FlowRegion Or(FlowRegion other)
        => this == other ? this : new(RegionKind.Uncertain, MayBeOff || other.MayBeOff, MayBe | other.MayBe);

    /// <summary>This one or none, by who calls.</summary>
    public FlowRegion OrNone() => MayBe is Dtypes.None ? this : new(RegionKind.Uncertain, MayBeOff: true, MayBe);
}
