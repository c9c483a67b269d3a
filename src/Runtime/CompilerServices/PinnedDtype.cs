using System.ComponentModel;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.CompilerServices;

/// <summary>
/// The dtype argument of calls that TorchSharp pins to their input's dtype (<c>softmax</c> and its relatives), so that in a
/// region they follow libtorch's policy (<c>fp32_set_opt_dtype</c> in aten/src/ATen/autocast_mode.h): float32 unless the call
/// names a dtype. Called by generated interceptors only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class PinnedDtype
{
    /// <summary>
    /// Whether the CPU is taken for an accelerator on this thread: lets tests see an accelerator's policy without one.
    /// </summary>
    [field: ThreadStatic]
    internal static bool TakesCpuForAccelerator { get; set; }

    /// <summary>The dtype to pass.</summary>
    /// <param name="input">The operation's input.</param>
    /// <param name="dtype">What the call itself passes: where it names a dtype, that.</param>
    /// <param name="float32">Where autocast runs the operation in float32.</param>
    /// <returns><paramref name="dtype"/> outside regions, and where the policy leaves the input alone (float64, integers).</returns>
    public static ScalarType? For(Tensor input, ScalarType? dtype, Float32Devices float32)
    {
        // A null or disposed input is the original's to refuse.
        if (dtype is not null || !AutocastRegion.IsAnyOpen || input is null || input.IsInvalid)
        {
            return dtype;
        }

        var device = input.device_type;
        var kind = IsAccelerator(device) ? Float32Devices.Accelerators : Float32Devices.Cpu;
        return (float32 & kind) != 0 && AutocastState.CanUse(device) && AutocastState.IsEnabled(device) && input.dtype.Is16Bit()
            ? ScalarType.Float32
            : null;
    }

    internal static bool IsAccelerator(DeviceType device) => device is not DeviceType.CPU || TakesCpuForAccelerator;
}
