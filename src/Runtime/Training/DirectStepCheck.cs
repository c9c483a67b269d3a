using Precision.Interop;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Notices that an optimizer of TorchSharp's own was stepped directly between <c>Backward</c> and <c>Step</c>: it has then written
/// every parameter that has a gradient. (A <see cref="Optim.FusedOptimizer"/> refuses by itself.)
/// </summary>
internal sealed class DirectStepCheck
{
    private readonly MasterWeights masters;
    private readonly HashSet<nint> writtenByForward;
    private readonly List<(MasterWeight Weight, long Version)> noted = [];
    private int writes;

    /// <summary>Watches a model's weights.</summary>
    public DirectStepCheck(nn.Module module, MasterWeights masters)
    {
        this.masters = masters;
        writtenByForward = [.. MaxNormEmbeddings.Of(module).Select(static weight => VariableData.Identity(weight))];
    }

    /// <summary>Takes the parameters as they are now for what the last step left.</summary>
    public void Note(IReadOnlyList<MasterWeight> optimized)
    {
        noted.Clear();
        writes = masters.Writes;
        foreach (var weight in optimized)
        {
            using var gradient = weight.Gradient;
            if (gradient is not null && !writtenByForward.Contains(VariableData.Identity(weight.Master)))
            {
                noted.Add((weight, VariableData.Version(weight.Master)));
            }
        }
    }

    /// <summary>Forgets what was noted: there are no gradients.</summary>
    public void Forget() => noted.Clear();

    /// <exception cref="InvalidOperationException">The optimizer was stepped directly.</exception>
    public void ThrowIfStepped()
    {
        if (noted.Count > 0 && writes == masters.Writes
            && noted.TrueForAll(static entry => VariableData.Version(entry.Weight.Master) != entry.Version))
        {
            throw new InvalidOperationException(
                ProtocolFault.Text(
                    RuleIdentifiers.ScalerIsBypassed, ProtocolMessages.SteppedPastTraining, "Optimizer", nameof(MixedPrecisionTraining))
                + " The weights were written after Backward(loss) and before Step(): by the optimizer's own step(), or by loading weights. "
                + "The gradients belong to the weights from before and were dropped. Call training.Step() alone, which steps the "
                + "optimizer; load weights before Backward(loss).");
        }
    }
}
