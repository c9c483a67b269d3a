using Precision;
using Precision.Distributed;
using TorchSharp;
using static TorchSharp.torch;

namespace TextGeneration.Training;

/// <summary>The processes that train one model together, and what they decide together: all call each of the methods.</summary>
internal sealed class Ranks
{
    private readonly ProcessGroup? group;

    public Ranks(ProcessGroup group, bool shardOptimizer)
    {
        if (group.WorldSize > 1)
        {
            this.group = group;
            Parallelism = new DataParallel(group) { ShardOptimizer = shardOptimizer };
        }
    }

    private Ranks()
    {
    }

    /// <summary>One process.</summary>
    public static Ranks Alone { get; } = new();

    public int Rank => group?.Rank ?? 0;

    public int Count => group?.WorldSize ?? 1;

    /// <summary>Whether this one writes the files and the progress.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>What a training is to know of the others; null = there are none.</summary>
    public TrainingParallelism? Parallelism { get; }

    /// <summary>Replaces a tensor by the mean over all ranks.</summary>
    public void Average(Tensor tensor) => group?.AllReduce(tensor, ReduceOperation.Average);

    /// <returns>The sums over all ranks.</returns>
    public double[] Sums(params double[] values) => Exchange(values, tensor => group!.AllReduce(tensor));

    /// <returns>The largest on any rank.</returns>
    public double[] Largest(params double[] values) => Exchange(values, tensor => group!.AllReduce(tensor, ReduceOperation.Maximum));

    /// <returns>Whether it is so on any rank.</returns>
    public bool Any(bool value) => Largest(value ? 1 : 0)[0] > 0;

    /// <returns>What the first rank has.</returns>
    public int OfFirst(int value) => (int)Exchange([value], tensor => group!.Broadcast(tensor))[0];

    /// <summary>Waits for the device.</summary>
    private double[] Exchange(double[] values, Action<Tensor> collective)
    {
        if (group is null)
        {
            return values;
        }

        using var scope = NewDisposeScope();
        var exchanged = tensor(values).to(group.Device);
        collective(exchanged);
        return exchanged.cpu().data<double>().ToArray();
    }
}
