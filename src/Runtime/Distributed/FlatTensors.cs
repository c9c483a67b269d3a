using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>The memory of a <see cref="FlatLayout"/>, not filled, with a view for each tensor.</summary>
internal sealed class FlatTensors : IDisposable
{
    public FlatTensors(FlatLayout layout, Device device)
    {
        using var _ = no_grad();
        All = empty(layout.Segments * layout.SegmentLength, dtype: layout.Dtype, device: device).DetachFromDisposeScope();
        for (var i = 0; i < layout.Segments; i++)
        {
            Segments.Add(All.narrow(0, i * layout.SegmentLength, layout.SegmentLength).DetachFromDisposeScope());
            Extras.Add(All.narrow(0, i * layout.SegmentLength, layout.Extra).DetachFromDisposeScope());
        }

        foreach (var place in layout.Places)
        {
            Views.Add(place.Weight, All.as_strided(place.Shape, place.Strides, place.Begin).DetachFromDisposeScope());
        }
    }

    /// <summary>The whole memory.</summary>
    public Tensor All { get; }

    public List<Tensor> Segments { get; } = [];

    /// <summary>The further elements of each segment.</summary>
    public List<Tensor> Extras { get; } = [];

    /// <summary>The numbers of each weight: two for an element of a complex one.</summary>
    public Dictionary<MasterWeight, Tensor> Views { get; } = new(ReferenceEqualityComparer.Instance);

    public void Dispose()
    {
        foreach (var tensor in Views.Values.Concat(Extras).Concat(Segments).Append(All))
        {
            tensor.Dispose();
        }
    }
}
