using static TorchSharp.torch;

namespace Precision;

/// <summary>Joins the gradients of several processes that train one model, before they are checked, clipped and stepped.</summary>
internal interface IGradientReduction
{
    /// <summary>Replaces gradients by their averages over all processes, in place, without waiting for the device.</summary>
    /// <param name="gradients">Dense real tensors in the order of the optimizer's parameters; scaled where losses are.</param>
    void Reduce(IReadOnlyList<Tensor> gradients);
}
