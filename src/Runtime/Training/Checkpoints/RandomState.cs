using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// The states of libtorch's default random generators: the CPU's, and each CUDA device's. Generators that a program makes itself
/// (<c>torch.Generator</c>, <c>System.Random</c>) are the program's to save.
/// </summary>
internal static class RandomState
{
    private const string Cpu = "cpu";
    private const string Cuda = "cuda:";

    /// <summary>The states, by device.</summary>
    public static IReadOnlyList<(string Device, Tensor State)> Get()
    {
        var states = new List<(string, Tensor)> { (Cpu, get_rng_state()) };
        for (var i = 0; i < CudaDevices; i++)
        {
            states.Add((Cuda + i, CudaGenerator.Of(i).get_state()));
        }

        return states;
    }

    /// <summary>Sets the state of a device's generator, if the device is there.</summary>
    public static void Set(string device, Tensor state)
    {
        if (device == Cpu)
        {
            set_rng_state(state);
        }
        else if (device.StartsWith(Cuda, StringComparison.Ordinal) && int.Parse(device.AsSpan(Cuda.Length)) is var index && index < CudaDevices)
        {
            CudaGenerator.Of(index).set_state(state);
        }
    }

    private static int CudaDevices => cuda_is_available() ? cuda.device_count() : 0;
}
