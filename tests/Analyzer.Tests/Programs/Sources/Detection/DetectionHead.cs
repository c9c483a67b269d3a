namespace Models.Detection;

/// <summary>Boxes and logits of all places, with the distributions that the boxes came from.</summary>
public sealed record Detections(Tensor Boxes, Tensor Logits, Tensor Distributions, Tensor Sizes, Tensor Confidence);

/// <summary>Turns features into boxes, whose sides are means of distributions.</summary>
public sealed class DetectionHead : Module<Tensor[], Detections>
{
    private readonly ModuleList<Conv2d> sides;
    private readonly ModuleList<Conv2d> classes;
    private readonly Conv2d size;
    private readonly Tensor bins;
    private readonly int count;

    public DetectionHead(int width, int classCount, int bins)
        : base(nameof(DetectionHead))
    {
        count = bins;
        sides = ModuleList(Convolutions(width, 4 * bins));
        classes = ModuleList(Convolutions(width, classCount));
        size = Conv2d(width, 2, kernel_size: 1);
        this.bins = arange(bins, dtype: ScalarType.Float32);
        register_buffer("bins", this.bins);
        RegisterComponents();
    }

    /// <summary>Whether places where nothing is likely get no confidence at all.</summary>
    public bool HidesEmpty { get; set; }

    public override Detections forward(Tensor[] features)
    {
        var (boxes, logits, distributions) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (var i = 0; i < features.Length; i++)
        {
            var raw = sides[i].call(features[i]).flatten(2).transpose(1, 2).reshape(features[i].shape[0], -1, 4, count);
            distributions.Add(raw);
            boxes.Add(BoxMath.Decode(Distances(raw), features[i]));
            logits.Add(classes[i].call(features[i]).flatten(2).transpose(1, 2));
        }

        var scores = cat(logits, 1);
        return new Detections(cat(boxes, 1), scores, cat(distributions, 1), Sizes(size.call(features[0])), Confidence(scores));
    }

    private Tensor Distances(Tensor raw)
    {
        var probabilities = raw.softmax(-1); // want PRC1001
        return probabilities.type_as(raw).matmul(bins.type_as(raw));
    }

    private Tensor Confidence(Tensor logits)
    {
        var best = logits.amax([-1L]);
        if (HidesEmpty)
        {
            best = best.masked_fill(best < 0, float.MinValue); // want PRC1007
        }

        return best.sigmoid();
    }

    private static Tensor Sizes(Tensor raw)
    {
        var extent = raw.exp(); // want PRC1003 (region, fp16)
        return extent.flatten(2).mean([2L]);
    }

    private static Conv2d[] Convolutions(int width, int outputs)
        => [.. Enumerable.Range(0, 3).Select(_ => Conv2d(width, outputs, kernel_size: 1))];
}
