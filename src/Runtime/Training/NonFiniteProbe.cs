using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Watches a model's modules while they run, for the first whose output is infinite or NaN.</summary>
internal sealed class NonFiniteProbe : IDisposable
{
    private readonly List<Action> removals = [];

    public NonFiniteProbe(nn.Module root)
    {
        foreach (var (name, module) in root.named_modules().Append((name: "", module: root)))
        {
            Watch(name, module);
        }
    }

    /// <summary>The first output, or model input, that was not finite.</summary>
    public NonFiniteFinding? Finding { get; private set; }

    /// <summary>Null where all elements are finite, else whether one is a NaN. Waits for the device.</summary>
    public static bool? HasNaN(Tensor tensor)
    {
        if (tensor.IsInvalid || !tensor.is_floating_point())
        {
            return null;
        }

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var values = tensor.is_sparse ? tensor.SparseValues : tensor;
        return values.isfinite().all().item<bool>() ? null : values.isnan().any().item<bool>();
    }

    public void Dispose() => removals.ForEach(static remove => remove());

    private void Watch(string name, nn.Module module)
    {
        switch (module)
        {
            case nn.Module<Tensor, Tensor> one:
                removals.Add(one.register_forward_hook((_, x, y) => Look(name, y, x)).remove);
                break;
            case nn.Module<Tensor, Tensor, Tensor> two:
                removals.Add(two.register_forward_hook((_, x1, x2, y) => Look(name, y, x1, x2)).remove);
                break;
            case nn.Module<Tensor, Tensor, Tensor, Tensor> three:
                removals.Add(three.register_forward_hook((_, x1, x2, x3, y) => Look(name, y, x1, x2, x3)).remove);
                break;
        }
    }

    // Inner modules return before outer ones, so that the first look at a non-finite output is at the one that made it, or at
    // the first module that got it from outside.
    private Tensor Look(string name, Tensor output, params ReadOnlySpan<Tensor> inputs)
    {
        if (Finding is null && output is not null && HasNaN(output) is { } hasNaN)
        {
            foreach (var input in inputs)
            {
                if (input is not null && HasNaN(input) is { } inputHasNaN)
                {
                    Finding = new NonFiniteFinding(NonFiniteKind.Input, name, inputHasNaN);
                    return output;
                }
            }

            Finding = new NonFiniteFinding(NonFiniteKind.Output, name, hasNaN);
        }

        return output!;
    }
}
