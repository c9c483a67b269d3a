using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// One training in several processes, each with the whole model and its own part of every batch: gradients are averaged over the
/// processes once a step, before they are checked for infinities and clipped, so that every process makes the same step.
/// </summary>
/// <remarks>
/// <para>Micro-batches add up in the process. Every process calls <see cref="MixedPrecisionTraining.Backward"/> and
/// <see cref="MixedPrecisionTraining.Step"/> equally often. A loss that is the mean over its part of the batch gives the gradient of the
/// mean over the whole one, where the parts are equally large.</para>
/// <para>Buffers (running statistics of batch normalization) are the first process's at the beginning and each process's own afterwards;
/// a checkpoint has those of the first. Seed random numbers differently in each process (<c>manual_seed(seed + group.Rank)</c>), or all
/// draw the same dropout.</para>
/// </remarks>
/// <example><code>
/// using var group = ProcessGroup.Join();
/// var model = new Gpt().to(group.Device);
/// using var training = MixedPrecisionTraining.Create(
///     model, named => new FusedAdamW(named), new() { Parallelism = new DataParallel(group) });
/// </code></example>
/// <param name="group">The processes. It must outlive the training.</param>
public sealed class DataParallel(ProcessGroup group) : TrainingParallelism
{
    private readonly ProcessGroup group = group ?? throw new ArgumentNullException(nameof(group));

    /// <summary>
    /// What gradients of 16-bit parameters are exchanged in: <see cref="Dtype.Float32"/>, or the parameters' own dtype, which moves half
    /// the bytes and lets the optimizer read 16-bit gradients. Unspecified = the own dtype for BFloat16 on GPUs, else Float32. Gradients
    /// of other parameters are exchanged as they are.
    /// </summary>
    /// <remarks>Float16 gradients are exchanged multiplied by the loss scale and divided by the number of processes, so that the sum alone
    /// cannot overflow.</remarks>
    /// <exception cref="NotSupportedException">A 16-bit dtype where the processes are joined by MPI, which cannot add it.</exception>
    public Dtype ReduceDtype { get; init; }

    /// <summary>
    /// Whether each process keeps and steps the masters and optimizer states of a part of the parameters, and gets the others' results
    /// (stage 1 of ZeRO, Rajbhandari et al., arXiv:1910.02054). A parameter belongs to one process as a whole: the optimizer's factory gets
    /// those of its process, and <see cref="MixedPrecisionTraining.Gradients"/> gives the gradients of those. False keeps all in each.
    /// </summary>
    public bool ShardOptimizer { get; init; }

    /// <summary>
    /// Whether the last <see cref="MixedPrecisionTraining.Backward"/> before a step averages the gradients while it goes on, as PyTorch's
    /// DistributedDataParallel does. Every process then calls <c>Backward</c> equally often between two steps, and <c>.grad</c> holds averages
    /// after it. Which one is the last is learnt from the step before; where another number of micro-batches comes,
    /// <see cref="MixedPrecisionTraining.Step"/> averages what is left to average. False leaves it to the step always.
    /// </summary>
    /// <value>True by default.</value>
    public bool OverlapCommunication { get; init; } = true;

    private bool IsSharded => ShardOptimizer && group.WorldSize > 1;

    internal override void Synchronize(nn.Module module) => ModelSynchronization.Run(module, group);

    internal override IReadOnlySet<string>? ShardOf(IReadOnlyList<(string Name, Parameter Parameter)> trainable)
        => IsSharded ? Plan([.. trainable.Select(static entry => (entry.Name, entry.Parameter.numel()))]).NamesOf(group.Rank) : null;

    internal override IGradientReduction? CreateReduction(MasterWeights masters) => group.WorldSize == 1 ? null : new GradientBuckets(
        group,
        masters,
        Resolve(masters),
        IsSharded ? Plan([.. masters.Weights.Select(static weight => (weight.Name, weight.ModelParameter.numel()))]) : null,
        OverlapCommunication);

    internal override ICheckpointRanks? CreateCheckpointRanks(MasterWeights masters)
        => group.WorldSize == 1 ? null : new CheckpointExchange(group, masters, IsSharded);

    private ShardPlan Plan(IReadOnlyList<(string Name, long Count)> parameters) => parameters.Count >= group.WorldSize
        ? new ShardPlan(parameters, group.WorldSize)
        : throw new InvalidOperationException(
            $"The model has {parameters.Count} trainable parameters, and {group.WorldSize} processes would share them: each needs at least "
            + "one. Leave ShardOptimizer out, or start fewer processes.");

    private Dtype Resolve(MasterWeights masters)
    {
        var own = masters.Weights.Select(static weight => weight.ModelParameter.dtype).Where(static dtype => dtype.Is16Bit()).Distinct().ToList();
        if (ReduceDtype is Dtype.Unspecified)
        {
            return own is [ScalarType.BFloat16] && !group.IsHostSide ? Dtype.BFloat16 : Dtype.Float32;
        }

        if (ReduceDtype is Dtype.Float32)
        {
            return ReduceDtype;
        }

        if (group.IsHostSide)
        {
            throw new NotSupportedException($"MPI cannot add {ReduceDtype} numbers. Leave ReduceDtype out, or set it to Float32.");
        }

        return own.TrueForAll(dtype => dtype == ReduceDtype.ToScalarType())
            ? ReduceDtype
            : throw new InvalidOperationException(
                $"ReduceDtype is {ReduceDtype}, but the model has {own[0]} parameters. Set it to their dtype or to Float32.");
    }
}
