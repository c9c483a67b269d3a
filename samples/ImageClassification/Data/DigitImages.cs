using TorchSharp;
using static TorchSharp.torch;

namespace ImageClassification.Data;

/// <summary>Images of handwritten digits with their labels, on one device.</summary>
/// <param name="Images">Float32 [count, 1, 28, 28], mean about 0 and standard deviation about 1 over MNIST.</param>
/// <param name="Labels">Int64 [count], 0 to 9.</param>
internal sealed record DigitImages(Tensor Images, Tensor Labels) : IDisposable
{
    /// <summary>How many classes there are.</summary>
    public const int Classes = 10;

    // Of all pixels of MNIST's training images, as fractions of white.
    private const double Mean = 0.1307;
    private const double Deviation = 0.3081;

    private const int HeldOut = 2_000;

    /// <summary>How many images there are.</summary>
    public long Count => Labels.shape[0];

    /// <summary>The digits that lie beside the program: all but the last 2,000 to learn from, those to test on.</summary>
    /// <exception cref="UserErrorException">The files cannot be read.</exception>
    public static (DigitImages Training, DigitImages Test) Load(Device device)
    {
        var images = Read("digits-images.idx3-ubyte.gz");
        var labels = Read("digits-labels.idx1-ubyte.gz");
        using var scope = NewDisposeScope();
        var pixels = tensor(images.Values, [images.Sizes[0], 1, images.Sizes[1], images.Sizes[2]], device: device).to(float32);
        var all = new DigitImages(
            (pixels / 255 - Mean) / Deviation,
            tensor(labels.Values, device: device).to(int64));
        return (all.Part(0, all.Count - HeldOut), all.Part(all.Count - HeldOut, all.Count));

        static IdxFile Read(string name) => IdxFile.Read(Path.Combine(AppContext.BaseDirectory, "Data", name));
    }

    /// <summary>Some of the images, copied: the caller disposes them.</summary>
    public DigitImages Part(long from, long to) => new(
        Images[TensorIndex.Slice(from, to)].clone().DetachFromDisposeScope(),
        Labels[TensorIndex.Slice(from, to)].clone().DetachFromDisposeScope());

    /// <summary>Batches over all images in an order drawn from a seed; each is valid until the next is asked for.</summary>
    public IEnumerable<(Tensor Images, Tensor Labels)> Shuffled(int batch, int seed)
    {
        var order = Enumerable.Range(0, (int)Count).Select(i => (long)i).ToArray();
        new Random(seed).Shuffle(order);
        foreach (var indices in order.Chunk(batch))
        {
            using var scope = NewDisposeScope();
            var index = tensor(indices, device: Labels.device);
            yield return (Images.index_select(0, index), Labels.index_select(0, index));
        }
    }

    /// <summary>Batches over all images in their order; each is valid until the next is asked for.</summary>
    public IEnumerable<(Tensor Images, Tensor Labels)> InOrder(int batch)
    {
        for (var start = 0; start < Count; start += batch)
        {
            using var scope = NewDisposeScope();
            var end = Math.Min(start + batch, Count);
            yield return (Images[TensorIndex.Slice(start, end)], Labels[TensorIndex.Slice(start, end)]);
        }
    }

    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
