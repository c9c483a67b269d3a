using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>What decides the dtype in which a member of an annotated class is stored. Used by generated code only.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public enum StorageRule
{
    /// <summary>The policy's parameter dtype, unless the member's run-time type says otherwise.</summary>
    Policy,

    /// <summary>Float32 in every mode: the member, or its class, is marked <see cref="FullPrecisionAttribute"/>.</summary>
    FullPrecision,

    /// <summary>A normalisation layer: Float32 in a region, the parameter dtype in true 16-bit.</summary>
    Normalization,

    /// <summary>A module of an annotated class, whose own policy decides.</summary>
    OwnPolicy,
}
