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
internal readonly record struct Collective(CollectiveKind Kind, ScalarType? Dtype = null, long Elements = 0)
{
    public override string ToString() => Dtype is null ? $"{Kind}" : $"{Kind} of {Elements} × {Dtype}";
}
