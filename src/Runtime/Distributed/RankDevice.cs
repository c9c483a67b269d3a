using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>Which device a rank has.</summary>
internal static class RankDevice
{
    /// <exception cref="ProcessGroupException">There are fewer GPUs than ranks on this machine.</exception>
    public static Device Choose(LaunchEnvironment launch)
        => cuda.is_available() ? device(DeviceType.CUDA, GpuOf(launch.LocalRank, cuda.device_count())) : CPU;

    /// <summary>The number of the GPU; a launcher that shows each rank only its own has chosen already.</summary>
    public static int GpuOf(int localRank, int visible)
        => visible == 1 ? 0
            : localRank < visible ? localRank
            : throw new ProcessGroupException(
                $"This is local rank {localRank}, and the process sees {visible} GPUs. Start at most {visible} ranks on this machine, "
                    + "or show more (CUDA_VISIBLE_DEVICES).");
}
