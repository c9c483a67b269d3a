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
    /// Makes the memory of some weights their gradients, so that nothing is copied back: only into complex gradients, and into Float32 ones
    /// that were exchanged in 16-bit.
    /// </summary>
    /// <param name="weights">Weights that have a gradient.</param>
    public void Place(IEnumerable<MasterWeight> weights)
    {
        List<Tensor> to = [], from = [];
        foreach (var weight in weights)
        {
            var (gradient, view) = (weight.Gradient!, Memory.Views[weight]);
            if (weight.IsComplex || (view.dtype.Is16Bit() && gradient.dtype != view.dtype))
            {
                to.Add(GradientTensors.Numbers(gradient));
                from.Add(view);
            }
            else if (!IsSame(gradient, view))
            {
                weight.ReplaceGradient(view);
            }
        }

        Foreach.Copy_(to, from);
    }

    public void Free()
    {
        memory?.Dispose();
        memory = null;
    }

    public void Dispose() => Free();

    // In float32 first: making it dense adds up what belongs to one place.
    private static Tensor Dense(Tensor gradient)
        => !gradient.is_sparse ? gradient : (gradient.dtype.Is16Bit() ? gradient.to(ScalarType.Float32) : gradient).to_dense();

    private static bool IsSame(Tensor first, Tensor second) => VariableData.Identity(first) == VariableData.Identity(second);
}
