using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>
/// The kinds of device on which autocast runs an operation in float32: what the generator's operation table says about it,
/// written into generated code.
/// </summary>
[Flags]
[EditorBrowsable(EditorBrowsableState.Never)]
public enum Float32Devices
{
    /// <summary>On none: the operation keeps its input's dtype.</summary>
    None = 0,

    /// <summary>On the CPU.</summary>
    Cpu = 1,

    /// <summary>On accelerators, whose lists agree on the operations concerned: CUDA's and MPS's.</summary>
    Accelerators = 2,
}
