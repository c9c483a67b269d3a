namespace Detector;

/// <summary>Classes and boxes of every cell of a map, where the sides of a box are means of distributions.</summary>
public sealed class Head : Module<Tensor, Prediction>
{
    private const int Bins = 8;

    private readonly Conv2d classes, sides, centredness;
    private readonly int count;
    private readonly int stride;
    private readonly double anchor;

    public Head(int width, int count, int stride, double anchor)
        : base(nameof(Head))
    {
        this.count = count;
        this.stride = stride;
        this.anchor = anchor;
        classes = Conv2d(width, count, 1);
        sides = Conv2d(width, 4 * Bins, 1);
        centredness = Conv2d(width, 1, 1);
        init.constant_(classes.bias!, -4.6);
        RegisterComponents();
    }

    public override Prediction forward(Tensor map)
    {
        var scores = Flat(classes.forward(map), count);
        var bins = Flat(sides.forward(map), 4 * Bins).view(map.shape[0], -1, 4, Bins);
        var centres = Boxes.Grid(map, stride).view(1, -1, 2);
        var sizes = full_like(centres, anchor);
        return new Prediction(scores, bins, Boxes.Decode(Means(bins), centres, sizes), Flat(centredness.forward(map), 1));
    }

    private static Tensor Means(Tensor bins)
    {
        var probabilities = functional.softmax(bins, dim: -1, dtype: bins.dtype); // want PRC1016
        // repair: var probabilities = functional.softmax(bins, dim: -1, dtype: ScalarType.Float32);
        var values = linspace(-1, 1, Bins, dtype: bins.dtype);
        return probabilities.type_as(values).matmul(values);
    }

    private static Tensor Flat(Tensor map, int width) => map.flatten(2).transpose(1, 2).reshape(map.shape[0], -1, width);
}

/// <summary>Batch × cells × classes, × 4 × bins, × 4 and × 1.</summary>
public sealed record Prediction(Tensor Scores, Tensor Bins, Tensor Corners, Tensor Centredness);
