using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Precision.Interop;

/// <summary>CUDA's libraries in this process: those that the CUDA build of libtorch brings, and the driver.</summary>
internal static class CudaLibraries
{
    private static readonly Lazy<nint> TorchCuda = new(static () => Loaded("libtorch_cuda.so", "torch_cuda.dll"));
    private static readonly Lazy<nint> Core = new(static () => Loaded("libc10.so", "libc10.dylib", "c10.dll"));
    private static readonly Lazy<nint> Driver = new(static () => TryLoad(OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1"]));
    private static readonly Lazy<nint> Compiler = new(FindCompiler);

    /// <summary>A function of libtorch's CUDA library; 0 where this libtorch has no CUDA or lacks it.</summary>
    public static nint OfTorch(string symbol) => Export(TorchCuda.Value, symbol);

    /// <summary>A symbol of libtorch's core library; 0 where it lacks it.</summary>
    public static nint OfCore(string symbol) => Export(Core.Value, symbol);

    /// <summary>A function of NVIDIA's driver; 0 where there is none.</summary>
    public static nint OfDriver(string symbol) => Export(Driver.Value, symbol);

    /// <summary>A function of NVIDIA's run-time compiler (NVRTC), which libtorch ships for its own use; 0 where there is none.</summary>
    public static nint OfCompiler(string symbol) => Export(Compiler.Value, symbol);

    private static nint Export(nint library, string symbol)
        => library != 0 && NativeLibrary.TryGetExport(library, symbol, out var address) ? address : 0;

    // The very files that TorchSharp loaded, wherever it found them.
    private static string? LoadedFile(params ReadOnlySpan<string> names)
    {
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (names.Contains(module.ModuleName))
            {
                return module.FileName;
            }
        }

        return null;
    }

    private static nint Loaded(params ReadOnlySpan<string> names) => LoadedFile(names) is { } file ? NativeLibrary.Load(file) : 0;

    private static nint TryLoad(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return library;
            }
        }

        return 0;
    }

    // On Linux libtorch's own stub for the compiler lies beside it and knows which compiler belongs to it; symbols are searched in
    // what a library depends on too. On Windows the compiler itself lies there.
    private static nint FindCompiler()
    {
        if (Path.GetDirectoryName(LoadedFile("libtorch_cuda.so", "torch_cuda.dll")) is not { } folder)
        {
            return 0;
        }

        return OperatingSystem.IsWindows()
            ? TryLoad(Directory.GetFiles(folder, "nvrtc64_*_0.dll"))
            : TryLoad([Path.Combine(folder, "libcaffe2_nvrtc.so")]);
    }
}
