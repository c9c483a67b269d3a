namespace Detector;

/// <summary>Boxes are left, top, right, bottom in the last dimension.</summary>
public static class Boxes
{
    private const double Epsilon = 1e-9;

    /// <summary>Centres of all cells of a map, in pixels, rows × columns × 2.</summary>
    public static Tensor Grid(Tensor map, int stride)
    {
        var ys = arange(map.shape[2], dtype: map.dtype, device: map.device); // want PRC1010
        // repair: var ys = arange(map.shape[2], dtype: ScalarType.Float32, device: map.device);
        var xs = arange(map.shape[3], device: map.device).to(map.dtype); // want PRC1010
        // repair: var xs = arange(map.shape[3], device: map.device).to(ScalarType.Float32);
        var grid = meshgrid([ys, xs], indexing: "ij");
        return (stack([grid[1], grid[0]], dim: -1) + 0.5) * stride;
    }

    /// <summary>Places and logarithms of sizes to corners.</summary>
    public static Tensor Decode(Tensor deltas, Tensor centres, Tensor sizes)
    {
        var middle = centres + deltas.narrow(-1, 0, 2) * sizes;
        var extent = deltas.narrow(-1, 2, 2).exp() * sizes; // want PRC1003 (region, fp16)
        // repair: var extent = deltas.narrow(-1, 2, 2).clamp(max: 4).exp() * sizes;
        return cat([middle - extent / 2, middle + extent / 2], dim: -1);
    }

    public static Tensor Intersection(Tensor a, Tensor b)
    {
        var top = maximum(a.narrow(-1, 0, 2), b.narrow(-1, 0, 2));
        var bottom = minimum(a.narrow(-1, 2, 2), b.narrow(-1, 2, 2));
        var sides = (bottom - top).clamp(min: 0);
        return sides.select(-1, 0) * sides.select(-1, 1);
    }

    /// <summary>Generalised by the distance of the centres.</summary>
    public static Tensor DistanceIou(Tensor a, Tensor b)
    {
        var overlap = Intersection(a, b);
        var union = Size(a) + Size(b) - overlap + Epsilon; // want PRC1008 (region, fp16)
        // repair: var union = (Size(a) + Size(b) - overlap).to(ScalarType.Float32) + Epsilon;
        var hull = maximum(a.narrow(-1, 2, 2), b.narrow(-1, 2, 2)) - minimum(a.narrow(-1, 0, 2), b.narrow(-1, 0, 2));
        var diagonal = hull.square().sum(-1); // want PRC1003 (region, fp16); PRC1002
        // repair: var diagonal = hull.to(ScalarType.Float32).square().sum(-1);
        var centres = (a.narrow(-1, 0, 2) + a.narrow(-1, 2, 2) - b.narrow(-1, 0, 2) - b.narrow(-1, 2, 2)) / 2;
        var distance = centres.to(ScalarType.Float32).square().sum(-1);
        return overlap / union - distance / (diagonal.to(ScalarType.Float32) + 1e-7);
    }

    /// <summary>The overlaps of all boxes with all others, n × n, for the suppression.</summary>
    public static Tensor Pairwise(Tensor boxes)
    {
        var overlap = Intersection(boxes.unsqueeze(1), boxes.unsqueeze(0));
        var area = Size(boxes);
        var union = area.unsqueeze(1) + area.unsqueeze(0) - overlap;
        return overlap / union.clamp(min: 1e-10); // want PRC1008 (region, fp16)
        // repair: return overlap / union.to(ScalarType.Float32).clamp(min: 1e-10);
    }

    private static Tensor Size(Tensor boxes)
        => (boxes.select(-1, 2) - boxes.select(-1, 0)).clamp(min: 0) * (boxes.select(-1, 3) - boxes.select(-1, 1)).clamp(min: 0);
}
