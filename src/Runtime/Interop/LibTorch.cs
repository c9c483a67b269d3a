using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Precision.Interop;

/// <summary>
/// The libtorch that TorchSharp loaded into this process. Every native entry point of this library comes from here, so
/// that a missing library or symbol is one clear error and never a crash.
/// </summary>
internal static class LibTorch
{
    private static readonly Lazy<nint> Handle = new(Load);
    private static readonly Lazy<nint> TorchSharpHandle = new(LoadTorchSharp);

    /// <summary>The address of an exported function of libtorch.</summary>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded or lacks the function; the message says what to do.</exception>
    public static nint Export(string symbol)
        => Find(symbol) is not 0 and var address ? address : throw new NotSupportedException(NativeErrors.MissingSymbol(symbol));

    /// <summary>The address of a function of libtorch; 0 where it exports none of that name.</summary>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded; the message says what to do.</exception>
    public static nint Find(string symbol) => NativeLibrary.TryGetExport(Handle.Value, symbol, out var address) ? address : 0;

    /// <summary>The address of a function of TorchSharp's own native library.</summary>
    /// <exception cref="NotSupportedException">It cannot be loaded or lacks the function; the message says what to do.</exception>
    public static nint TorchSharpExport(string symbol)
        => NativeLibrary.TryGetExport(TorchSharpHandle.Value, symbol, out var address)
            ? address
            : throw new NotSupportedException(NativeErrors.MissingSymbol(symbol));

    private static nint Load()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception error) when (error is NotSupportedException or TypeInitializationException or DllNotFoundException)
        {
            throw new NotSupportedException(NativeErrors.MissingLibrary(error), error);
        }

        // The very file that TorchSharp chose, wherever it found it: a second search could load another libtorch beside it.
        var file = LoadedFile("libtorch_cpu.so", "libtorch_cpu.dylib", "torch_cpu.dll") ?? throw new NotSupportedException(NativeErrors.MissingLibrary(null));
        return NativeLibrary.Load(file);
    }

    private static nint LoadTorchSharp()
    {
        _ = Handle.Value;
        var file = LoadedFile("libLibTorchSharp.so", "libLibTorchSharp.dylib", "LibTorchSharp.dll")
            ?? throw new NotSupportedException(NativeErrors.MissingLibrary(null));
        return NativeLibrary.Load(file);
    }

    private static string? LoadedFile(params IReadOnlyList<string> names)
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().FirstOrDefault(module => names.Contains(module.ModuleName))?.FileName;
    }
}
