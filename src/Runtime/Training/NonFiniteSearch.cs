using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Looks for the first infinity or NaN in what a backward or a step left.</summary>
internal static class NonFiniteSearch
{
    /// <summary>Looks at weights, then the loss, then gradients in the order in which a backward makes them.</summary>
    /// <param name="module">The model.</param>
    /// <param name="weights">Its trainable parameters.</param>
    /// <param name="loss">The loss; null = none.</param>
    public static NonFiniteFinding? Find(nn.Module module, IReadOnlyList<MasterWeight> weights, Tensor? loss)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return Weight(weights)
            ?? First(NonFiniteKind.Weight, module.state_dict().Select(static entry => (entry.Key, (Tensor?)entry.Value)))
            ?? First(NonFiniteKind.Loss, [("", loss)])
            ?? First(NonFiniteKind.Gradient, weights.Reverse().Select(static weight => (weight.Name, weight.Gradient)));
    }

    /// <summary>Runs a forward and looks at the outputs of the modules too.</summary>
    /// <param name="module">The model.</param>
    /// <param name="weights">Its trainable parameters.</param>
    /// <param name="forward">Computes the loss.</param>
    public static NonFiniteFinding? Find(nn.Module module, IReadOnlyList<MasterWeight> weights, Func<Tensor> forward)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var probe = new NonFiniteProbe(module);
        var loss = forward();
        return Weight(weights) ?? probe.Finding ?? First(NonFiniteKind.Loss, [("", loss)]);
    }

    private static NonFiniteFinding? Weight(IReadOnlyList<MasterWeight> weights)
        => First(NonFiniteKind.Weight, weights.Select(static weight => (weight.Name, (Tensor?)(weight.IsSteppedHere ? weight.Master : weight.ModelParameter))));

    private static NonFiniteFinding? First(NonFiniteKind kind, IEnumerable<(string Name, Tensor? Tensor)> tensors)
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
}
