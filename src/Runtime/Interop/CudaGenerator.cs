using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Interop;

/// <summary>The default random generator of a CUDA device, which TorchSharp does not expose.</summary>
internal static unsafe class CudaGenerator
{
    private static readonly Lazy<nint> GetDefault = new(Find);

    /// <summary>A TorchSharp view of libtorch's own generator: read and set its state only.</summary>
    /// <param name="device">The number of the CUDA device.</param>
    /// <exception cref="NotSupportedException">libtorch's CUDA library lacks the function.</exception>
    public static Generator Of(int device)
    {
        // A reference to libtorch's own object, which TorchSharp's finalizer would delete.
        var generator = New(((delegate* unmanaged[Cdecl]<sbyte, nint>)GetDefault.Value)((sbyte)device));
        GC.SuppressFinalize(generator);
        return generator;
    }

    /// <summary><c>at::cuda::detail::getDefaultCUDAGenerator(signed char)</c>, in libtorch's CUDA library.</summary>
    private static string Symbol => OperatingSystem.IsWindows()
        ? "?getDefaultCUDAGenerator@detail@cuda@at@@YAAEBUGenerator@3@C@Z"
        : "_ZN2at4cuda6detail23getDefaultCUDAGeneratorEa";

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern Generator New(nint handle);

    private static nint Find()
    {
        using var process = Process.GetCurrentProcess();
        var file = process.Modules.Cast<ProcessModule>()
            .FirstOrDefault(static module => module.ModuleName is "libtorch_cuda.so" or "torch_cuda.dll")
            ?.FileName;
        return file is not null && NativeLibrary.TryGetExport(NativeLibrary.Load(file), Symbol, out var address)
            ? address
            : throw new NotSupportedException(NativeErrors.MissingSymbol(Symbol));
    }
}
