using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Infrastructure;

/// <summary>CUDA tests skip themselves, and say so, where there is no GPU.</summary>
internal static class Cuda
{
    public static Device Require()
    {
        Skip.IfNot(cuda.is_available(), "No CUDA GPU on this machine.");
        return device("cuda:0");
    }
}
