using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>Puts gradients into the float32 buffers of their weights: first copies, then sums, with one native call each.</summary>
internal sealed class Float32Copies
{
    private readonly List<MasterWeight> weights = [];
    private readonly HashSet<MasterWeight> filled = new(ReferenceEqualityComparer.Instance);
    private readonly List<Tensor> copyTo = [], copyFrom = [], addTo = [], addFrom = [];

    /// <summary>Makes a gradient what the buffer holds; it may be the buffer itself.</summary>
    public void Set(MasterWeight weight, Tensor gradient)
    {
        weights.Add(weight);
        filled.Add(weight);
        if (!weight.IsBuffer(gradient))
        {
            copyTo.Add(weight.RequireBuffer());
            copyFrom.Add(Dense(gradient));
        }
    }

    /// <summary>Adds a gradient to what <see cref="Set"/> gave; sets it where nothing was given.</summary>
    public void Add(MasterWeight weight, Tensor gradient)
    {
        if (!filled.Contains(weight))
        {
            Set(weight, gradient);
        }
        else if (!weight.IsBuffer(gradient))
        {
            addTo.Add(weight.RequireBuffer());
            addFrom.Add(Dense(gradient));
        }
    }

    /// <summary>Copies and adds.</summary>
    /// <returns>The weights whose buffers hold their gradients now.</returns>
    /// <exception cref="ArgumentException">A gradient that somebody has set has another shape than its parameter.</exception>
    public IReadOnlyList<MasterWeight> Run()
    {
        try
        {
            Foreach.Copy_(copyTo, copyFrom);
            ScriptedForeach.Add_(addTo, addFrom);
            return [.. weights];
        }
        finally
        {
            weights.Clear();
            filled.Clear();
            copyTo.Clear();
            copyFrom.Clear();
            addTo.Clear();
            addFrom.Clear();
        }
    }

    // In float32 first: making it dense adds up what belongs to one place.
    private static Tensor Dense(Tensor gradient)
    {
        if (!gradient.is_sparse)
        {
            return gradient;
        }

        using var float32 = gradient.to(ScalarType.Float32);
        return Lifetime.After(float32.to_dense(), gradient);
    }
}
