using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// A scope that sets autocast for one device type on the calling thread. Disposing it restores what was before: enabled, dtype,
/// cache flag and nesting. A ref struct, so that the compiler refuses to carry it across an <c>await</c> or <c>yield</c> or into a
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
    /// <summary>The regions that are open on this thread, the outermost first, each with the state before it.</summary>
    [ThreadStatic]
    private static Before[]? stack;

    /// <summary>How many regions are open on this thread.</summary>
    [ThreadStatic]
    private static int open;

    /// <summary>Numbers this thread's regions, so that one that was left is not taken for another of the same depth.</summary>
    [ThreadStatic]
    private static long opened;

    /// <summary>The number of regions open with this one; 0 for <c>default</c>, which opened nothing.</summary>
    private readonly int level;
    private readonly long number;

    private AutocastRegion(DeviceType device)
    {
        if (stack is null || stack.Length == open)
        {
            Array.Resize(ref stack, Math.Max(8, 2 * open));
        }

        number = ++opened;
        stack[open] = new Before(
            number, device, AutocastState.IsEnabled(device), AutocastState.GetDtype(device), AutocastState.CacheEnabled);
        level = ++open;
    }

    /// <summary>Whether this thread is in a region, of whatever device and state. Asks nothing of libtorch.</summary>
    internal static bool IsAnyOpen => open > 0;

    /// <summary>Leaves the region: the thread's autocast state is again what it was before.</summary>
    public void Dispose()
    {
        if (level == 0 || open < level || stack![level - 1].Number != number)
        {
            return;
        }

        while (open >= level)
        {
            var before = stack[--open];
            AutocastState.SetEnabled(before.Device, before.Enabled);
            AutocastState.SetDtype(before.Device, before.Dtype);
            AutocastState.CacheEnabled = before.Cache;
            AutocastState.LeaveNesting();
        }
    }

    /// <summary>Opens a region in which <paramref name="device"/>'s autocast computes in a 16-bit dtype.</summary>
    internal static AutocastRegion Enable(DeviceType device, ScalarType dtype)
    {
        var region = new AutocastRegion(device);
        AutocastState.EnterNesting();
        AutocastState.CacheEnabled = false;
        AutocastState.SetDtype(device, dtype);
        AutocastState.SetEnabled(device, true);
        return region;
    }

    /// <summary>Opens a region in which <paramref name="device"/>'s autocast is off.</summary>
    internal static AutocastRegion Disable(DeviceType device)
    {
        var region = new AutocastRegion(device);
        AutocastState.EnterNesting();
        AutocastState.CacheEnabled = false;
        AutocastState.SetEnabled(device, false);
        return region;
    }

    /// <summary>What was before a region.</summary>
    private readonly record struct Before(long Number, DeviceType Device, bool Enabled, ScalarType Dtype, bool Cache);
}
