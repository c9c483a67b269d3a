using TorchSharp.Modules;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision.Optim;

/// <summary>
/// Recognises an optimizer whose parameters were replaced after it was made. TorchSharp's own fail at the state of some parameter, or
/// at one that is disposed, after they have updated those before it.
/// </summary>
internal static class ReplacedParameters
{
    /// <summary>How a message of such an optimizer begins.</summary>
    public static string Words(string optimizer)
        => ProtocolFault.Text(
            RuleIdentifiers.OptimizerMadeBeforeConversion, ProtocolMessages.MadeBeforeConversion, optimizer, "model", "model.to") + " ";

    /// <exception cref="InvalidOperationException">A parameter no longer exists, or is not one that the optimizer was made with.</exception>
    public static void ThrowIf(Optimizer optimizer)
    {
        if (optimizer is FusedOptimizer fused)
        {
            fused.ThrowIfUnusable();
            return;
        }

        var states = optimizer is OptimizerHelper helper && OptimizerStates.AreKeptBy(helper) && OptimizerStates.Of(helper) is { Count: > 0 } kept ? kept : null;
        var index = 0;
        foreach (var parameter in optimizer.parameters())
        {
            // A lazy query such as model.parameters() gives the new ones.
            if (parameter.IsInvalid || states?.ContainsKey(parameter.Handle) == false)
            {
                throw new InvalidOperationException(
                    Words(optimizer.GetType().Name)
                    + $"Parameter {index} of this {optimizer.GetType().Name} is not the one that the optimizer was made with, which no longer "
                    + "exists: model.to(dtype or device), and setters such as Linear.weight, replace parameters. Weights, gradients and the "
                    + "scale are as they were. Convert and move the model first, then make the optimizer.");
            }

            GC.KeepAlive(parameter);
            index++;
        }
    }
}
