using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>What libtorch's code of a layer cannot do in 16-bit. Named by generated interceptors only.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public enum LayerLimit
{
    /// <summary>It applies padding masks to float32 only.</summary>
    PaddingMask,

    /// <summary>On a CPU it has no Float16, and ends the process instead of throwing.</summary>
    Float16OnCpu,

    /// <summary>On a CPU it has float32 only. In a region autocast sees to it.</summary>
    SixteenBitOnCpu,

    /// <summary>It has float32 only.</summary>
    SixteenBit,

    /// <summary>On a CPU its inputs must have the dtype of its weights. Elsewhere autocast promotes them.</summary>
    MixedDtypesOnCpu,

    /// <summary>Its inputs must have the dtype of its weights.</summary>
    MixedDtypes,
}
