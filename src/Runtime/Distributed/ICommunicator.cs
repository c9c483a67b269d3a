using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// The engine that moves bytes between ranks. Arguments are checked before (<see cref="CollectiveArguments"/>): contiguous tensors on
/// the group's device, of fitting sizes.
/// </summary>
internal interface ICommunicator
{
    /// <summary>Whether a collective is complete when it returns; else it is enqueued on the device's current stream.</summary>
    bool IsHostSide { get; }

    /// <summary>The name for messages.</summary>
    string Name { get; }

    /// <summary>Whether the engine can reduce tensors of a dtype; everything can be broadcast and gathered.</summary>
    bool CanReduce(ScalarType dtype);

    /// <summary>Before a collective: looks whether all ranks call the same, where that costs little.</summary>
    /// <exception cref="ProcessGroupException">They do not.</exception>
    void Agree(Collective collective)
    {
    }

    /// <summary>Replaces a tensor by the reduction over all ranks.</summary>
    void AllReduce(Tensor tensor, ReduceOperation operation);

    /// <summary>
    /// As <see cref="AllReduce"/>, beside what the current stream goes on with. <see cref="CompleteReductions"/> comes before anything else
    /// uses the tensor.
    /// </summary>
    void BeginAllReduce(Tensor tensor, ReduceOperation operation) => AllReduce(tensor, operation);

    /// <summary>Lets the current stream wait for what was begun. The host does not wait.</summary>
    void CompleteReductions()
    {
    }

    /// <summary>Replaces a tensor by the root's.</summary>
    void Broadcast(Tensor tensor, int root);

    /// <summary>Puts this rank's part of the reduction into <paramref name="output"/>, which may be that part of the input.</summary>
    void ReduceScatter(Tensor input, Tensor output, ReduceOperation operation);

    /// <summary>Puts the inputs of all ranks, in their order, into <paramref name="output"/>; the input may be this rank's part of it.</summary>
    void AllGather(Tensor input, Tensor output);

    /// <summary>Returns when all ranks have called it.</summary>
    void Barrier();

    /// <summary>Ends the connection; all ranks do.</summary>
    void Close();

    /// <summary>Ends what it can alone, after the group has failed.</summary>
    void Abort();
}
