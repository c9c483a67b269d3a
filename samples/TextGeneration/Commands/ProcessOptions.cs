using System.CommandLine;
using Precision;
using static TorchSharp.torch;

namespace TextGeneration.Commands;

/// <summary>On what one training runs: on a device, on several GPUs, and what processes share out.</summary>
internal sealed class ProcessOptions
{
    private readonly Option<string> device = DeviceOption.Create();

    private readonly Option<int?> gpus = new Option<int?>("--gpus")
    {
        Description = "GPUs of this machine to train on together, each in a process of its own. Without it: as many as the configuration's "
            + "environment.gpus has where --device is cuda, else one process. Processes that torchrun, srun or mpirun started join by "
            + "themselves, each on its own GPU, or on CPUs where there are none.",
        HelpName = "count",
    }.AtLeast(1);

    private readonly Option<bool?> shardOptimizer = new("--shard-optimizer")
    {
        Description = "Let each of several processes keep a part of the optimizer's states. Without it: as configured "
            + "(environment.use_deepspeed), else each keeps all.",
    };

    public IReadOnlyList<Option> All => [device, gpus, shardOptimizer];

    /// <summary>Where a process alone computes.</summary>
    /// <exception cref="UserErrorException">The device is not there, or --gpus with a CPU.</exception>
    public Device Device(ParseResult result)
    {
        var isGiven = result.GetResult(device) is { Implicit: false };
        if (result.GetValue(gpus) is null)
        {
            return DeviceOption.Parse(result.GetValue(device)!);
        }

        return isGiven && result.GetValue(device) == "cpu"
            ? throw new UserErrorException(
                "--gpus and --device cpu do not fit together.", "Give one of them; several processes on CPUs are started by mpirun.")
            : DeviceOption.Parse("cuda");
    }

    /// <summary>How many processes to train in, where no launcher says it.</summary>
    /// <exception cref="UserErrorException">This machine has fewer GPUs.</exception>
    public int Count(ParseResult result, PrecisionOptions configured, Device target)
    {
        var isOnGpu = target.type is TorchSharp.DeviceType.CUDA;
        var count = result.GetValue(gpus) ?? (isOnGpu ? configured.Gpus : null) ?? 1;
        return count <= 1 || cuda.device_count() is var here && count <= here
            ? count
            : throw new UserErrorException(
                $"{count} GPUs are asked for, and this program sees {here}.",
                $"Give --gpus {here}, or show it more (CUDA_VISIBLE_DEVICES).");
    }

    public bool ShardsOptimizer(ParseResult result, PrecisionOptions configured)
        => result.GetValue(shardOptimizer) ?? configured.ShardOptimizer ?? false;
}
