using static TorchSharp.torch;

namespace Precision;

/// <summary>Joins the gradients of several processes that train one model, before they are checked, clipped and stepped.</summary>
internal interface IGradientReduction : IDisposable
{
    /// <summary>Whether it takes the gradients of 16-bit parameters in float32.</summary>
    bool InFloat32 { get; }

    /// <summary>A backward begins. It may join gradients while it goes on.</summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="isFirst">Whether there are none yet.</param>
    void BeginBackward(GradientOwner gradients, bool isFirst);

    /// <summary>It has returned, and what it has joined is in its place. The device may still be at it.</summary>
    void EndBackward(GradientOwner gradients);

    /// <summary>It has failed: no process can go on where others wait for this one.</summary>
    /// <param name="reason">What the others are told.</param>
    void AbandonBackward(string reason);

    /// <summary>
    /// Replaces the gradients of the stepped weights by their averages over all processes, without waiting for the device. A weight
    /// that has a gradient in one process has one in all of them then. Does nothing where a backward has done it.
    /// </summary>
    /// <param name="gradients">The gradients, none of them sparse.</param>
    void Reduce(GradientOwner gradients);

    /// <summary>Whether each process steps a part of the weights only.</summary>
    bool IsSharded { get; }

    /// <summary>Whether a gradient was there in some process.</summary>
    bool HasGradients { get; }

    /// <summary>What all processes have found, where each looked at its own part of the gradients.</summary>
    /// <param name="foundInf">Whether a gradient is not finite: one Float32 number, 0 or 1.</param>
    /// <param name="norm">The 2-norm of the gradients; null = it is not needed.</param>
    (Tensor FoundInf, Tensor? Norm) Agree(Tensor foundInf, Tensor? norm);

    /// <summary>Gives every process the weights that others have stepped.</summary>
    void Share();

    /// <summary>Gives back the memory that reductions use.</summary>
    void Free();
}
