using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// A scope that sets autocast for one device type on the calling thread. Disposing it restores what was before: enabled, dtype
/// and cache flag. A ref struct, so that the compiler refuses to carry it across an <c>await</c> or <c>yield</c> or into a
/// lambda, where it would be left on another thread or never.
/// </summary>
/// <remarks>
/// Regions nest. Leaving an outer region leaves the inner ones with it, those of other devices too; leaving one that is left
/// already changes nothing, also if another one is open by then. libtorch's cache of cast weights is off inside: a forward under
/// <c>no_grad</c> would put casts without a graph into it, and a later training forward in the same region would then lose gradients
/// without an error (pytorch/pytorch#65766).
/// </remarks>
public readonly ref struct AutocastRegion : IDisposable
{
    [ThreadStatic]
    private static OpenRegions? ofThread;

    /// <summary>null for <c>default</c>, which opened nothing.</summary>
    private readonly OpenRegions? regions;

    /// <summary>The number of regions open with this one.</summary>
    private readonly int level;
    private readonly long number;

    private AutocastRegion(DeviceType device, ScalarType? compute = null)
    {
        regions = ofThread ??= new OpenRegions();
        number = regions.Push(device, compute);
        level = regions.Count;
    }

    /// <summary>Whether this thread is in a region, of whatever device and state. Asks nothing of libtorch.</summary>
    internal static bool IsAnyOpen => ofThread is { Count: > 0 };

    /// <summary>
    /// The kind of device, and the 16-bit dtype in which this thread computes on it: autocast's, or that of a true 16-bit forward. Null
    /// where it computes in float32, and outside of this library's regions.
    /// </summary>
    /// <param name="device">The kind of device; null for that of the innermost region.</param>
    internal static (DeviceType Device, ScalarType Compute)? LowerPrecision(DeviceType? device)
    {
        if (!IsAnyOpen)
        {
            return null;
        }

        var type = device ?? ofThread!.InnermostDevice;
        if (!AutocastState.CanUse(type))
        {
            return null;
        }

        var compute = AutocastState.IsEnabled(type) ? AutocastState.GetDtype(type) : ofThread!.TrueSixteenBitOn(type);
        return compute is { } dtype && dtype.Is16Bit() ? (type, dtype) : null;
    }

    /// <summary>Leaves the region: the thread's autocast state is again what it was before.</summary>
    public void Dispose()
    {
        if (regions is null || !regions.IsOpen(level, number))
        {
            return;
        }

        while (regions.Count >= level)
        {
            regions.Pop();
        }
    }

    /// <summary>Opens a region in which <paramref name="device"/>'s autocast computes in a 16-bit dtype.</summary>
    internal static AutocastRegion Enable(DeviceType device, ScalarType dtype)
    {
        var region = new AutocastRegion(device);
        AutocastState.CacheEnabled = false;
        AutocastState.SetDtype(device, dtype);
        AutocastState.SetEnabled(device, true);
        return region;
    }

    /// <summary>Opens a region in which <paramref name="device"/>'s autocast is off.</summary>
    internal static AutocastRegion Disable(DeviceType device) => Disabled(new AutocastRegion(device), device);

    /// <summary>The same for a true 16-bit forward, which computes in a dtype without autocast.</summary>
    internal static AutocastRegion DisableIn(DeviceType device, ScalarType compute) => Disabled(new AutocastRegion(device, compute), device);

    private static AutocastRegion Disabled(AutocastRegion region, DeviceType device)
    {
        AutocastState.CacheEnabled = false;
        AutocastState.SetEnabled(device, false);
        return region;
    }

    /// <summary>Opens a region in which every device's autocast is as in a snapshot; none where it is so already.</summary>
    internal static AutocastRegion Restore(AutocastSnapshot snapshot)
    {
        if (snapshot == AutocastSnapshot.Take())
        {
            return default;
        }

        var outermost = new AutocastRegion(DeviceType.CPU);
        _ = new AutocastRegion(DeviceType.CUDA);
        _ = new AutocastRegion(DeviceType.MPS);
        AutocastState.CacheEnabled = false;
        snapshot.Apply();
        return outermost;
    }
}
