using static TorchSharp.torch;

namespace Precision.Distributed.Tests.Infrastructure;

/// <summary>Tests of the real NCCL skip themselves, and say so, where there are no two GPUs.</summary>
internal static class TwoGpus
{
    public const int Ranks = 2;

    public static void Require() => Skip.If(!cuda.is_available() || cuda.device_count() < Ranks, "There are no two CUDA GPUs on this machine.");
}
