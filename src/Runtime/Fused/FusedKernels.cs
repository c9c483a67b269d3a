using System.Collections.Concurrent;
using System.Reflection;
using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The CUDA sources of this library (Fused/Kernels), compiled at the first use of each for the GPU at hand by the compiler that
/// libtorch ships. Kernels are kept for the life of the process.
/// </summary>
internal static class FusedKernels
{
    /// <summary>The first generation with 16-bit conversions of both formats: Ampere.</summary>
    private const int MinimumMajor = 8;

    private static readonly ConcurrentDictionary<int, CudaGpu?> Gpus = new();
    private static readonly ConcurrentDictionary<(int Device, string File, string Options), Lazy<CudaModule>> Modules = new();
    private static readonly ConcurrentDictionary<(CudaModule Module, string Name, int SharedBytes), nint> Functions = new();

    /// <summary>Whether kernels can be compiled for and launched on a device.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="index">Its number; -1, no number, is the first one.</param>
    public static bool AreAvailable(DeviceType type, int index)
        => type is DeviceType.CUDA && Gpus.GetOrAdd(Math.Max(index, 0), Usable) is not null;

    /// <summary>The most dynamic shared memory of a block, in bytes (CUDA C++ programming guide, compute capabilities).</summary>
    /// <param name="index">A device on which kernels are available.</param>
    public static int LargestSharedMemory(int index)
    {
        const int everywhere = 98 * 1024;
        const int ofDataCenters = 226 * 1024;
        return Gpus[Math.Max(index, 0)] is { Major: 9 or 10 } ? ofDataCenters : everywhere;
    }

    /// <summary>Launches a kernel.</summary>
    /// <param name="like">A tensor on the device to run on, of the 16-bit dtype to compile for.</param>
    /// <param name="file">The source, without folder.</param>
    /// <param name="definitions">Macro definitions that the source needs (<c>-DTHREADS=96</c>), separated by spaces.</param>
    /// <param name="name">The kernel.</param>
    /// <param name="grid">Blocks in x and y.</param>
    /// <param name="block">Threads of a block in x and y.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="arguments">The arguments.</param>
    public static void Launch(
        Tensor like, string file, string definitions, string name, (int X, int Y) grid, (int X, int Y) block, int sharedBytes,
        in KernelArguments arguments)
    {
        var device = Math.Max(like.device_index, 0);
        var options = like.dtype is ScalarType.Float16 ? definitions + " -DHALF=1" : definitions + " -DHALF=0";
        var module = Modules.GetOrAdd((device, file, options), static key => new(() => Compile(key.Device, key.File, key.Options))).Value;
        var kernel = Functions.GetOrAdd(
            (module, name, sharedBytes), static key => key.Module.Kernel(key.Name, key.SharedBytes));
        module.Launch(kernel, grid, block, sharedBytes, arguments.Values);
    }

    private static CudaModule Compile(int device, string file, string options)
    {
        string[] arguments = [$"--gpu-architecture=sm_{Gpus[device]!.Major}{Gpus[device]!.Minor}", "--std=c++17", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        return new CudaModule(device, CudaCompiler.Compile(Source("common.cu") + Source(file), file, arguments));
    }

    /// <summary>The text of a source.</summary>
    internal static string Source(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The CUDA source '{file}' is not in this assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static CudaGpu? Usable(int device)
        => CudaModule.IsAvailable && CudaCompiler.IsAvailable && CudaDriver.Describe(device) is { Major: >= MinimumMajor } gpu ? gpu : null;
}
