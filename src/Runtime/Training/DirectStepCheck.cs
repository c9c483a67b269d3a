using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// Notices that an optimizer of TorchSharp's own was stepped directly, between <c>Backward</c> and <c>Step</c>: it has then written
/// every float32 parameter that has a gradient. (<see cref="Optim.FusedOptimizer"/> refuses by itself, and masters of 16-bit
/// parameters have no gradient for it to use.)
/// </summary>
internal sealed class DirectStepCheck
{
    private readonly HashSet<nint> writtenByForward;
    private readonly List<(MasterWeight Weight, long Version)> noted = [];

    public DirectStepCheck(nn.Module module)
        => writtenByForward = [.. MaxNormEmbeddings.Of(module).Select(static weight => VariableData.Identity(weight))];

    /// <summary>Takes the parameters as they are now for what the last step left.</summary>
    public void Note(IReadOnlyList<MasterWeight> optimized)
    {
        noted.Clear();
        foreach (var weight in optimized)
        {
            using var gradient = weight.IsOwnMaster ? weight.Master.grad : null;
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
        if (noted.Count > 0 && noted.TrueForAll(static entry => VariableData.Version(entry.Weight.Master) != entry.Version))
        {
            noted.Clear();
            throw new InvalidOperationException(
                "The parameters were written between Backward(loss) and Step(): the optimizer's step() was called directly, it seems. "
                + "It used gradients that were not unscaled, checked or clipped. Call training.Step() alone, which steps the optimizer.");
        }
    }
}
