using Precision.Interop;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>Gradients that one collective averages, in memory that is made when it is needed first.</summary>
internal sealed class GradientBucket(FlatLayout layout, Device device) : IDisposable
{
    private FlatTensors? memory;

    public IEnumerable<MasterWeight> Weights => layout.Places.Select(static place => place.Weight);

    public FlatTensors Memory => memory ??= new FlatTensors(layout, device);

    /// <summary>Copies the gradients into the memory; those that there are not count as 0.</summary>
    public void Pack()
    {
        List<Tensor> to = [], from = [], missing = [];
        foreach (var (weight, view) in Memory.Views)
        {
            if (weight.Gradient is not { } gradient)
            {
                missing.Add(view);
            }
            else if (GradientTensors.Numbers(Dense(gradient)) is var numbers && !IsSame(numbers, view))
            {
                to.Add(view);
                from.Add(numbers);
            }
        }

        Foreach.Copy_(to, from);
        Foreach.Zero_(missing);
    }

    /// <summary>
    /// Makes the memory the gradients of some weights, so that nothing is copied back. Complex gradients, and Float32 ones that are
    /// exchanged in 16-bit, stay where they are.
    /// </summary>
    /// <param name="weights">Weights that have a gradient.</param>
    public void Lend(IEnumerable<MasterWeight> weights)
    {
        foreach (var weight in weights)
        {
            var (gradient, view) = (weight.Gradient!, Memory.Views[weight]);
            if (!IsCopied(weight, gradient, view) && !IsSame(gradient, view))
            {
                weight.ReplaceGradient(view);
            }
        }
    }

    /// <summary>Puts what is in the memory in the place of gradients.</summary>
    /// <inheritdoc cref="Lend"/>
    public void Place(IReadOnlyCollection<MasterWeight> weights)
    {
        Lend(weights);
        var copied = weights.Select(weight => (Weight: weight, Gradient: weight.Gradient!, View: Memory.Views[weight]))
            .Where(static entry => IsCopied(entry.Weight, entry.Gradient, entry.View)).ToList();
        Foreach.Copy_(
            copied.ConvertAll(static entry => GradientTensors.Numbers(entry.Gradient)), copied.ConvertAll(static entry => entry.View));
    }

    public void Free()
    {
        memory?.Dispose();
        memory = null;
    }

    public void Dispose() => Free();

    private static bool IsCopied(MasterWeight weight, Tensor gradient, Tensor view)
        => weight.IsComplex || (view.dtype.Is16Bit() && gradient.dtype != view.dtype);

    // In float32 first: making it dense adds up what belongs to one place.
    private static Tensor Dense(Tensor gradient)
        => !gradient.is_sparse ? gradient : (gradient.dtype.Is16Bit() ? gradient.to(ScalarType.Float32) : gradient).to_dense();

    private static bool IsSame(Tensor first, Tensor second) => VariableData.Identity(first) == VariableData.Identity(second);
}
