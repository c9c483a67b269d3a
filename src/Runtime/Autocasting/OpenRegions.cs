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

    /// <summary>Notes the state before a region for a device.</summary>
    /// <returns>The region's number.</returns>
    public long Push(DeviceType device)
    {
        if (stack.Length == Count)
        {
            Array.Resize(ref stack, 2 * Count);
        }

        stack[Count++] = new Before(
            ++opened, device, AutocastState.IsEnabled(device), AutocastState.GetDtype(device), AutocastState.CacheEnabled);
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

    private readonly record struct Before(long Number, DeviceType Device, bool Enabled, ScalarType Dtype, bool Cache);
}
