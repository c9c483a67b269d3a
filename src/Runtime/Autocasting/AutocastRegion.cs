using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// A stretch of code in which libtorch's autocast has a given state on the calling thread, for one device type. Disposing
/// restores what was before: enabled, dtype, cache flag and nesting. A ref struct, so that the compiler refuses to carry it
/// across an <c>await</c> or <c>yield</c> or into a lambda, where it would be left on another thread or never.
/// </summary>
/// <remarks>
/// Regions nest. Disposing twice is harmless; leaving an outer region leaves the inner ones with it. libtorch's cache of cast
/// weights is off inside: a forward under <c>no_grad</c> would put casts without a graph into it, and a later training forward
/// in the same region would then lose gradients without an error (pytorch/pytorch#65766).
/// </remarks>
public readonly ref struct AutocastRegion
{
    /// <summary>How many regions are open on this thread.</summary>
    [ThreadStatic]
    private static int open;

    /// <summary>The number of regions open with this one; 0 for <c>default</c>, which opened nothing.</summary>
    private readonly int level;
    private readonly DeviceType device;
    private readonly bool enabledBefore;
    private readonly ScalarType dtypeBefore;
    private readonly bool cacheBefore;

    private AutocastRegion(DeviceType device)
    {
        this.device = device;
        enabledBefore = AutocastState.IsEnabled(device);
        dtypeBefore = AutocastState.GetDtype(device);
        cacheBefore = AutocastState.CacheEnabled;
        level = ++open;
    }

    /// <summary>Whether this thread is in a region, of whatever device and state. Asks nothing of libtorch.</summary>
    internal static bool IsAnyOpen => open > 0;

    /// <summary>Leaves the region: the thread's autocast state is again what it was before.</summary>
    public void Dispose()
    {
        if (level == 0 || open < level)
        {
            return;
        }

        AutocastState.SetEnabled(device, enabledBefore);
        AutocastState.SetDtype(device, dtypeBefore);
        AutocastState.CacheEnabled = cacheBefore;
        for (; open >= level; open--)
        {
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
}
