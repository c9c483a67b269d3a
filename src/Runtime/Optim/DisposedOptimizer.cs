using TorchSharp.Modules;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision.Optim;

/// <summary>
/// Recognises a disposed optimizer. TorchSharp's own do not: their steps fail at the state of some parameter, AdamW's after it has
/// decayed that one.
/// </summary>
internal static class DisposedOptimizer
{
    /// <exception cref="ObjectDisposedException">The optimizer is disposed.</exception>
    public static void ThrowIf(Optimizer optimizer)
    {
        if (optimizer is OptimizerHelper helper && helper.parameters().FirstOrDefault() is { IsInvalid: false } first && IsDisposed(helper, first))
        {
            throw new ObjectDisposedException(
                optimizer.GetType().Name,
                "The optimizer was disposed, and its state is lost, so it cannot step. Weights and gradients are as they were. Make a new "
                + "optimizer (for a training: dispose it, and call MixedPrecisionTraining.Create again), and do not dispose it before the "
                + "last step; a training disposes its own.");
        }
    }

    // Some forget the states, the others keep them and dispose their tensors.
    private static bool IsDisposed(OptimizerHelper optimizer, Parameter parameter)
    {
        var found = OptimizerStates.Of(optimizer).TryGetValue(parameter.Handle, out var state);
        GC.KeepAlive(parameter);
        return found ? ObjectState.HasDisposedTensor(state!) : OptimizerStates.Of(optimizer).Count == 0 && OptimizerStates.AreKeptBy(optimizer);
    }
}
