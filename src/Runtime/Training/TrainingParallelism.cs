using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// How one training is divided over several processes: <see cref="Distributed.DataParallel"/>. A training takes it from
/// <see cref="MixedPrecisionTrainingOptions.Parallelism"/>.
/// </summary>
public abstract class TrainingParallelism
{
    private protected TrainingParallelism()
    {
    }

    /// <summary>Gives every process the weights and buffers of the first one.</summary>
    /// <exception cref="InvalidOperationException">The processes have different models.</exception>
    internal abstract void Synchronize(nn.Module module);

    /// <summary>The names of the parameters that this process steps; null = all.</summary>
    internal abstract IReadOnlySet<string>? ShardOf(IReadOnlyList<(string Name, Parameter Parameter)> trainable);

    /// <summary>Makes what joins the gradients of one training; null = there is one process.</summary>
    internal abstract IGradientReduction? CreateReduction(MasterWeights masters);

    /// <summary>Makes what saves one training as one checkpoint; null = there is one process.</summary>
    internal abstract ICheckpointRanks? CreateCheckpointRanks(MasterWeights masters);
}
