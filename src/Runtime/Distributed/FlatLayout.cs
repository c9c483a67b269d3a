using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Distributed;

/// <summary>
/// Where tensors of one dtype lie in one piece of memory that one collective moves. The memory is divided into segments of one length,
/// one for each process where each has its own part.
/// </summary>
internal sealed class FlatLayout
{
    /// <summary>Tensors begin at a multiple of this, so that kernels can read whole vectors of any dtype.</summary>
    private const long Alignment = 64;

    /// <summary>Lays tensors out.</summary>
    /// <param name="dtype">The dtype of the numbers.</param>
    /// <param name="parts">The weights in each segment.</param>
    /// <param name="extra">The number of further elements at the beginning of each segment.</param>
    public FlatLayout(ScalarType dtype, IReadOnlyList<IReadOnlyList<MasterWeight>> parts, int extra = 0)
    {
        (Dtype, Extra, Segments) = (dtype, extra, parts.Count);
        var places = parts.Select(static part => part.Select(static weight => Place.Of(weight)).ToList()).ToList();
        SegmentLength = Aligned(extra) + places.Max(static part => part.Sum(static place => Aligned(place.Count)));
        for (var i = 0; i < parts.Count; i++)
        {
            var begin = (i * SegmentLength) + Aligned(extra);
            foreach (var place in places[i])
            {
                Places.Add(place with { Begin = begin });
                begin += Aligned(place.Count);
            }
        }
    }

    public ScalarType Dtype { get; }

    public int Extra { get; }

    public int Segments { get; }

    /// <summary>In elements.</summary>
    public long SegmentLength { get; }

    public List<Place> Places { get; } = [];

    private static long Aligned(long count) => (count + Alignment - 1) / Alignment * Alignment;

    /// <summary>A tensor's place.</summary>
    /// <param name="Weight">The weight whose numbers it has: two for an element of a complex one.</param>
    /// <param name="Count">The number of elements.</param>
    /// <param name="Shape">Their shape.</param>
    /// <param name="Strides">The weight's strides, or those of a contiguous tensor where the weight's memory has gaps.</param>
    /// <param name="Begin">The first element.</param>
    internal sealed record Place(MasterWeight Weight, long Count, long[] Shape, long[] Strides, long Begin)
    {
        public static Place Of(MasterWeight weight)
        {
            using var scope = NewDisposeScope();
            var numbers = GradientTensors.Numbers(Lifetime.After(weight.ModelParameter.detach(), weight));
            var metadata = TensorMetadata.Of(numbers, weight.Name);
            var shape = metadata.Shape.ToArray();
            var place = new Place(weight, metadata.ElementCount, shape, metadata.IsDense ? metadata.Strides.ToArray() : Contiguous(shape), Begin: 0);
            GC.KeepAlive(numbers);
            return place;
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
