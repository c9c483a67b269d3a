using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Autocast for code that has no class to annotate: the counterpart of <c>torch.autocast</c> (torch/amp/autocast_mode.py). The
/// state belongs to the calling thread and to one device type; which operations run in 16-bit is libtorch's decision.
/// </summary>
/// <example><code>
/// using (Autocast.Enter(torch.CPU, Dtype.BFloat16))
/// {
///     logits = model.call(x);
/// }
/// </code></example>
public static class Autocast
{
    /// <summary>Opens a region in which matrix products, convolutions and attention run in <paramref name="dtype"/>.</summary>
    /// <param name="device">The device whose operations are concerned; only its type counts.</param>
    /// <param name="dtype">Float16 or BFloat16; Auto resolves on the device; Float32 turns autocast off.</param>
    /// <returns>The region; dispose it (<c>using</c>) to restore the state.</returns>
    /// <exception cref="ArgumentException">The dtype is unspecified.</exception>
    /// <exception cref="NotSupportedException">libtorch has no autocast for this kind of device, or is missing or too old.</exception>
    public static AutocastRegion Enter(Device device, Dtype dtype)
    {
        ArgumentNullException.ThrowIfNull(device);
        var resolved = dtype is Dtype.Auto ? DtypeResolver.Resolve(device).Dtype : dtype;
        var scalarType = resolved.ToScalarType();
        return resolved is Dtype.Float32
            ? Disable(device)
            : AutocastRegion.Enable(Supported(device), scalarType);
    }

    /// <summary>Opens a region in which every operation runs in the dtype of its inputs, also inside another region.</summary>
    /// <param name="device">The device whose operations are concerned; only its type counts.</param>
    /// <returns>The region; dispose it (<c>using</c>) to restore the state.</returns>
    /// <exception cref="NotSupportedException">libtorch has no autocast for this kind of device, or is missing or too old.</exception>
    public static AutocastRegion Disable(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return AutocastRegion.Disable(Supported(device));
    }

    /// <summary>Whether autocast is on for this kind of device on the calling thread.</summary>
    /// <exception cref="NotSupportedException">libtorch has no autocast for this kind of device, or is missing or too old.</exception>
    public static bool IsEnabled(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return AutocastState.IsEnabled(Supported(device));
    }

    /// <summary>The dtype that autocast has for this kind of device on the calling thread, whether it is on or not.</summary>
    /// <exception cref="NotSupportedException">libtorch has no autocast for this kind of device, or is missing or too old.</exception>
    public static ScalarType GetDtype(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return AutocastState.GetDtype(Supported(device));
    }

    private static DeviceType Supported(Device device)
        => AutocastState.CanUse(device.type)
            ? device.type
            : throw new NotSupportedException(
                $"There is no autocast on {device.type}: this library knows it on CPU, CUDA and MPS devices.");
}
