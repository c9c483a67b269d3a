using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

public sealed partial class MixedPrecisionTraining
{
    /// <summary>
    /// Names the first infinity or NaN among what the last <see cref="Backward"/> or <see cref="Step"/> left: weights, then the
    /// loss, then gradients in the order in which backward makes them. Waits for the device; costs a pass over all of them.
    /// </summary>
    /// <returns>The finding; null if all are finite.</returns>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public NonFiniteFinding? FindNonFinite()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return FirstNonFinite(NonFiniteKind.Weight, MasterWeights.Weights.Select(static w => (w.Name, (Tensor?)w.Master)))
            ?? FirstNonFinite(NonFiniteKind.Weight, module.state_dict().Select(static entry => (entry.Key, (Tensor?)entry.Value)))
            ?? FirstNonFinite(NonFiniteKind.Loss, [("", lossSum)])
            ?? FirstNonFinite(
                NonFiniteKind.Gradient, MasterWeights.Weights.Reverse().Select(static w => (w.Name, w.Gradient)));
    }

    /// <summary>
    /// As <see cref="FindNonFinite()"/>, but runs the forward again and watches the modules: for a loss that is not finite this
    /// names the first module whose output is not. Seen are modules with one to three tensor inputs and a tensor result that are
    /// run with <c>call()</c>.
    /// </summary>
    /// <param name="forward">Computes the loss of the batch in question.</param>
    /// <returns>The finding; null if all is finite.</returns>
    /// <exception cref="ObjectDisposedException">The training is disposed.</exception>
    public NonFiniteFinding? FindNonFinite(Func<Tensor> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ObjectDisposedException.ThrowIf(disposed, this);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var probe = new NonFiniteProbe(module);
        var loss = forward();
        return FirstNonFinite(NonFiniteKind.Weight, MasterWeights.Weights.Select(static w => (w.Name, (Tensor?)w.Master)))
            ?? probe.Finding
            ?? FirstNonFinite(NonFiniteKind.Loss, [("", loss)])
            ?? FindNonFinite();
    }

    private static NonFiniteFinding? FirstNonFinite(NonFiniteKind kind, IEnumerable<(string Name, Tensor? Tensor)> tensors)
    {
        foreach (var (name, tensor) in tensors)
        {
            if (tensor is not null && NonFiniteProbe.HasNaN(tensor) is { } hasNaN)
            {
                return new NonFiniteFinding(kind, name, hasNaN);
            }
        }

        return null;
    }

    private void ThrowSkipped(int inARow)
    {
        var finding = FindNonFinite();
        var remedy = Scaler.is_enabled()
            ? $"The loss scale is {Scaler.state_dict()["scale"]:R}; below 1 it is not scaling that overflows. "
            : "Nothing is scaled here, so it is not scaling that overflows. ";
        throw new NonFiniteGradientException(
            inARow,
            finding,
            $"{inARow} steps in a row were skipped because gradients were not finite; in the last one "
            + $"{finding?.ToString() ?? "the gradients added up to an infinity"}. {remedy}Look at that place, the data and the learning rate; "
            + "FindNonFinite(() => loss) names the module. The weights are those of the last step that was applied.");
    }
}
