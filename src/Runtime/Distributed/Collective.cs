using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>What ranks do together.</summary>
internal enum CollectiveKind : byte
{
    Joining,
    AllReduce,
    Broadcast,
    ReduceScatter,
    AllGather,
    Barrier,
    Dispose,
}

/// <summary>One collective as messages name it.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Dtype">The dtype of the tensor that is given; null without one.</param>
/// <param name="Elements">Its number of elements.</param>
/// <param name="Step">The step of a training whose gradients are averaged, from 1; 0 = none.</param>
internal readonly record struct Collective(CollectiveKind Kind, ScalarType? Dtype = null, long Elements = 0, long Step = 0)
{
    /// <summary>What is said where ranks call different ones.</summary>
    public const string Differ = "Ranks have called different collectives, or with other tensors. All call the same in the same order, and "
        + "Backward equally often between two steps; where they have different numbers of micro-batches, set OverlapCommunication = false.";

    public override string ToString()
        => Dtype is null ? $"{Kind}" : $"{Kind} of {Elements} × {Dtype}{(Step > 0 ? $" in step {Step}" : "")}";
}
