using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>
/// libtorch's autocast state (aten/src/ATen/autocast_mode.h). Each value belongs to the calling thread; enabled and dtype
/// also to a device type. Call <see cref="CanUse"/> first: for device types that it refuses, libtorch's functions abort the
/// process instead of throwing.
/// </summary>
internal static unsafe class AutocastState
{
    // SuppressGCTransition: each function reads or writes one thread-local variable, so that the switch to native code would
    // be most of its cost.
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, byte> isEnabled;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, byte, void> setEnabled;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, sbyte> getDtype;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, sbyte, void> setDtype;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<byte> isCacheEnabled;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<byte, void> setCacheEnabled;
    private static volatile bool loaded;

    /// <summary>The weight-cast cache of the calling thread.</summary>
    public static bool CacheEnabled
    {
        get => isCacheEnabled() != 0;
        set => setCacheEnabled(value ? (byte)1 : (byte)0);
    }

    /// <summary>Whether this library may use autocast on a kind of device. The first call finds libtorch's functions.</summary>
    /// <exception cref="NotSupportedException">libtorch is missing, or lacks a function.</exception>
    public static bool CanUse(DeviceType device)
    {
        if (!loaded)
        {
            Load();
        }

        return device is DeviceType.CPU or DeviceType.CUDA or DeviceType.MPS;
    }

    public static bool IsEnabled(DeviceType device) => isEnabled((sbyte)device) != 0;

    public static void SetEnabled(DeviceType device, bool enabled) => setEnabled((sbyte)device, enabled ? (byte)1 : (byte)0);

    public static ScalarType GetDtype(DeviceType device) => (ScalarType)getDtype((sbyte)device);

    public static void SetDtype(DeviceType device, ScalarType dtype) => setDtype((sbyte)device, (sbyte)dtype);

    // Not a static constructor: that would wrap the one clear exception in a TypeInitializationException. Two threads may
    // both come here; they write the same addresses.
    private static void Load()
    {
        var symbols = NativeSymbols.Current;
        isEnabled = (delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, byte>)LibTorch.Export(symbols.IsAutocastEnabled);
        setEnabled = (delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, byte, void>)LibTorch.Export(symbols.SetAutocastEnabled);
        getDtype = (delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, sbyte>)LibTorch.Export(symbols.GetAutocastDtype);
        setDtype = (delegate* unmanaged[Cdecl, SuppressGCTransition]<sbyte, sbyte, void>)LibTorch.Export(symbols.SetAutocastDtype);
        isCacheEnabled = (delegate* unmanaged[Cdecl, SuppressGCTransition]<byte>)LibTorch.Export(symbols.IsAutocastCacheEnabled);
        setCacheEnabled = (delegate* unmanaged[Cdecl, SuppressGCTransition]<byte, void>)LibTorch.Export(symbols.SetAutocastCacheEnabled);
        loaded = true;
    }
}
