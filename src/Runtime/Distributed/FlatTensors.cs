using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// Tensors of one dtype in one piece of memory, which one collective moves: each has a view in its own shape and strides. The memory is
/// divided into segments of one length, one for each process where each has its own part.
/// </summary>
internal sealed class FlatTensors : IDisposable
{
    /// <summary>Views begin at a multiple of this, so that kernels can read whole vectors of any dtype.</summary>
    private const long Alignment = 64;

    private readonly List<Tensor> segments = [];
    private readonly List<Tensor> extras = [];

    /// <summary>Makes the memory, filled with zeros.</summary>
    /// <param name="dtype">The dtype of the numbers.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="parts">The weights in each segment.</param>
    /// <param name="extra">The number of further elements at the beginning of each segment.</param>
    public FlatTensors(ScalarType dtype, Device device, IReadOnlyList<IReadOnlyList<MasterWeight>> parts, int extra = 0)
    {
        using var _ = no_grad();
        var layouts = parts.Select(static part => part.Select(static weight => (Weight: weight, Layout: Layout.Of(weight))).ToList()).ToList();
        var length = Aligned(extra) + layouts.Max(static part => part.Sum(static entry => Aligned(entry.Layout.Count)));
        All = zeros(length * parts.Count, dtype: dtype, device: device).DetachFromDisposeScope();
        for (var i = 0; i < parts.Count; i++)
        {
            segments.Add(All.narrow(0, i * length, length).DetachFromDisposeScope());
            extras.Add(All.narrow(0, i * length, extra).DetachFromDisposeScope());
            var begin = (i * length) + Aligned(extra);
            foreach (var (weight, layout) in layouts[i])
            {
                Views.Add(weight, All.as_strided(layout.Shape, layout.Strides, begin).DetachFromDisposeScope());
                begin += Aligned(layout.Count);
            }
        }
    }

    /// <summary>The whole memory.</summary>
    public Tensor All { get; }

    /// <summary>The segments.</summary>
    public IReadOnlyList<Tensor> Segments => segments;

    /// <summary>The further elements of each segment.</summary>
    public IReadOnlyList<Tensor> Extras => extras;

    /// <summary>The numbers of each weight: two for an element of a complex one.</summary>
    public Dictionary<MasterWeight, Tensor> Views { get; } = new(ReferenceEqualityComparer.Instance);

    public void Dispose()
    {
        foreach (var tensor in Views.Values.Concat(extras).Concat(segments).Append(All))
        {
            tensor.Dispose();
        }
    }

    private static long Aligned(long count) => (count + Alignment - 1) / Alignment * Alignment;

    private readonly record struct Layout(long Count, long[] Shape, long[] Strides)
    {
        public static Layout Of(MasterWeight weight)
        {
            using var scope = NewDisposeScope();
            var numbers = GradientTensors.Numbers(Lifetime.After(weight.ModelParameter.detach(), weight));
            var metadata = TensorMetadata.Of(numbers, weight.Name);
            var shape = metadata.Shape.ToArray();
            var layout = new Layout(metadata.ElementCount, shape, metadata.IsDense ? metadata.Strides.ToArray() : Contiguous(shape));
            GC.KeepAlive(numbers);
            return layout;
        }

        private static long[] Contiguous(long[] shape)
        {
            var strides = new long[shape.Length];
            long next = 1;
            for (var i = shape.Length - 1; i >= 0; i--)
            {
                strides[i] = next;
                next *= shape[i];
            }

            return strides;
        }
    }
}
