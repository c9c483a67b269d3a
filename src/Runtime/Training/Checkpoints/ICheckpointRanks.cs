using static TorchSharp.torch;

namespace Precision;

/// <summary>The processes of one training while it is saved as one checkpoint, which the first of them writes. All call each method.</summary>
internal interface ICheckpointRanks
{
    /// <summary>This process's number, from 0; the first one writes.</summary>
    int Rank { get; }

    /// <summary>The state of the whole training: what other processes have is listed, and its elements are theirs.</summary>
    /// <param name="own">What this process has.</param>
    TrainingState Gather(TrainingState own);

    /// <summary>
    /// Writes the whole state in the first process, to which the others give what they have, a tensor at a time. If writing fails, it
    /// fails in all.
    /// </summary>
    /// <param name="state">What <see cref="Gather"/> gave.</param>
    /// <param name="write">Writes, in the first process; it must ask for the elements of all tensors in their order.</param>
    /// <exception cref="IOException">The first process could not write.</exception>
    void Write(TrainingState state, Action<Func<SavedTensor, Tensor>> write);

    /// <summary>A read state as this process applies it: with its own random states and data position, where the checkpoint has them.</summary>
    TrainingState PartOf(TrainingState whole);

    /// <summary>Copies what other processes have into the first one's host memory, so that it can write alone.</summary>
    void Fetch(TrainingState state);
}
