namespace Precision.Interop;

/// <summary>
/// The names under which libtorch exports what this library calls. The C++ functions carry the mangled names of the
/// platform's ABI: Itanium's on Linux and macOS (the dynamic loader there adds macOS's leading underscore itself), Microsoft's
/// on Windows. Read from the 2.10.0 binaries of all three; a test reads them again.
/// </summary>
internal sealed record NativeSymbols(
    string IsAutocastEnabled,
    string SetAutocastEnabled,
    string GetAutocastDtype,
    string SetAutocastDtype,
    string IsAutocastCacheEnabled,
    string SetAutocastCacheEnabled,
    string TensorVersion)
{
    /// <summary>Linux and macOS.</summary>
    public static NativeSymbols Itanium { get; } = new(
        "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE",
        "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb",
        "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE",
        "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
        "_ZN2at8autocast25is_autocast_cache_enabledEv",
        "_ZN2at8autocast26set_autocast_cache_enabledEb",
        "_ZNK2at10TensorBase8_versionEv");

    /// <summary>Windows.</summary>
    public static NativeSymbols Microsoft { get; } = new(
        "?is_autocast_enabled@autocast@at@@YA_NW4DeviceType@c10@@@Z",
        "?set_autocast_enabled@autocast@at@@YAXW4DeviceType@c10@@_N@Z",
        "?get_autocast_dtype@autocast@at@@YA?AW4ScalarType@c10@@W4DeviceType@4@@Z",
        "?set_autocast_dtype@autocast@at@@YAXW4DeviceType@c10@@W4ScalarType@4@@Z",
        "?is_autocast_cache_enabled@autocast@at@@YA_NXZ",
        "?set_autocast_cache_enabled@autocast@at@@YAX_N@Z",
        "?_version@TensorBase@at@@QEBA_JXZ");

    /// <summary>This process's platform.</summary>
    public static NativeSymbols Current { get; } = OperatingSystem.IsWindows() ? Microsoft : Itanium;
}
