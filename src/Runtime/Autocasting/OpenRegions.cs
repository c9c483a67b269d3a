using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>The regions that are open on one thread, the outermost first, each with the autocast state before it.</summary>
internal sealed class OpenRegions
{
    private Before[] stack = new Before[8];

    /// <summary>Numbers the regions, so that one that was left is not taken for another of the same depth.</summary>
    private long opened;

    public int Count { get; private set; }

    /// <summary>The kind of device of the innermost region.</summary>
    public DeviceType InnermostDevice => stack[Count - 1].Device;

    /// <summary>The dtype of a true 16-bit forward that is the innermost region for a kind of device; null where that is another one.</summary>
    public ScalarType? TrueSixteenBitOn(DeviceType device)
    {
        for (var i = Count - 1; i >= 0; i--)
        {
            if (stack[i].Device == device)
            {
                return stack[i].Compute;
            }
        }

        return null;
    }

    /// <summary>Notes the state before a region for a device.</summary>
    /// <param name="device">The kind of device.</param>
    /// <param name="compute">The dtype of a true 16-bit forward; null for every other region.</param>
    /// <returns>The region's number.</returns>
    public long Push(DeviceType device, ScalarType? compute)
    {
        if (stack.Length == Count)
        {
            Array.Resize(ref stack, 2 * Count);
        }

        stack[Count++] = new Before(
            ++opened, device, AutocastState.IsEnabled(device), AutocastState.GetDtype(device), AutocastState.CacheEnabled, compute);
        return opened;
    }

    /// <summary>Whether the region of a number is open at a depth; 1 is the outermost.</summary>
    public bool IsOpen(int level, long number) => Count >= level && stack[level - 1].Number == number;

    /// <summary>Restores the state before the innermost region.</summary>
    public void Pop()
    {
        ref readonly var before = ref stack[--Count];
        AutocastState.SetEnabled(before.Device, before.Enabled);
        AutocastState.SetDtype(before.Device, before.Dtype);
        AutocastState.CacheEnabled = before.Cache;
    }

    private readonly record struct Before(long Number, DeviceType Device, bool Enabled, ScalarType Dtype, bool Cache, ScalarType? Compute);
}
