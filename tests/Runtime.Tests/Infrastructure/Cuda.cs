using System.Diagnostics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Infrastructure;

/// <summary>CUDA tests skip themselves, and say so, where there is no GPU.</summary>
internal static class Cuda
{
    private static readonly Lazy<StreamQuery> Query = new(
        static () => Marshal.GetDelegateForFunctionPointer<StreamQuery>(NativeLibrary.GetExport(Runtime(), "cudaStreamQuery")));

    private delegate int StreamQuery(nint stream);

    /// <summary>Whether the GPU still has work: nobody has waited for it.</summary>
    /// <exception cref="InvalidOperationException">CUDA reports an error.</exception>
    public static bool IsBusy()
    {
        const int success = 0;
        const int notReady = 600;
        return Query.Value(0) switch
        {
            success => false,
            notReady => true,
            var error => throw new InvalidOperationException($"cudaStreamQuery returned {error}."),
        };
    }

    public static Device Require()
    {
        Skip.IfNot(cuda.is_available(), "No CUDA GPU on this machine.");
        return device("cuda:0");
    }

    private static nint Runtime()
    {
        using var process = Process.GetCurrentProcess();
        return NativeLibrary.Load(process.Modules.Cast<ProcessModule>()
            .First(static module => module.ModuleName.StartsWith("libcudart", StringComparison.Ordinal)).FileName);
    }
}
