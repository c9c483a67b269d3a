namespace Models.Detection;

/// <summary>Geometry of boxes (left, top, right, bottom).</summary>
internal static class BoxMath
{
    /// <summary>The same as in the tools that annotate images.</summary>
    private const double Epsilon = 1e-9;

    /// <summary>Boxes from the distances of their sides to each place of a feature map.</summary>
    public static Tensor Decode(Tensor distances, Tensor features)
    {
        var places = Places(features).type_as(distances); // want PRC1010
        var (from, to) = (distances.narrow(-1, 0, 2), distances.narrow(-1, 2, 2));
        return cat([places - from, places + to], dim: -1);
    }

    /// <summary>The complete intersection over union, box by box.</summary>
    public static Tensor CompleteIou(Tensor a, Tensor b)
    {
        var (sizeA, sizeB) = (Size(a), Size(b));
        var overlap = (minimum(To(a), To(b)) - maximum(From(a), From(b))).clamp(min: 0);
        var intersection = Area(overlap);
        var union = Area(sizeA) + Area(sizeB) - intersection + Epsilon; // want PRC1008 (fp16)
        var hull = maximum(To(a), To(b)) - minimum(From(a), From(b));
        var diagonal = Squared(hull) + 1e-12; // want PRC1008 (fp16)
        var centres = Squared((From(a) + To(a) - From(b) - To(b)) / 2);
        return intersection / union - centres / diagonal;
    }

    private static Tensor Squared(Tensor xy)
    {
        var powers = xy.pow(2); // want PRC1003 (fp16)
        return powers.select(-1, 0) + powers.select(-1, 1);
    }

    private static Tensor From(Tensor box) => box.narrow(-1, 0, 2);

    private static Tensor To(Tensor box) => box.narrow(-1, 2, 2);

    private static Tensor Size(Tensor box) => To(box) - From(box);

    private static Tensor Area(Tensor size) => size.select(-1, 0) * size.select(-1, 1);

    private static Tensor Places(Tensor features)
    {
        var (height, width) = (features.shape[2], features.shape[3]);
        var y = arange(height, dtype: ScalarType.Float32, device: features.device) + 0.5;
        var x = arange(width, dtype: ScalarType.Float32, device: features.device) + 0.5;
        var grid = meshgrid([y, x], indexing: "ij").ToArray();
        return stack([grid[1].flatten(), grid[0].flatten()], dim: -1);
    }
}
