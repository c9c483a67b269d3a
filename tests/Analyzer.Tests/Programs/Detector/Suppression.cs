namespace Detector;

/// <summary>Of boxes that overlap the best is left.</summary>
public static class Suppression
{
    private const double Dead = -1e6;

    /// <summary>Scores of the boxes that are left; the others are far below.</summary>
    public static Tensor Of(Tensor corners, Tensor logits, int rounds)
    {
        using var guard = no_grad();
        var scores = logits.amax([-1L]);
        var kinds = logits.argmax(-1).to(logits.dtype); // want PRC1010
        // repair: var kinds = logits.argmax(-1);
        var apart = corners + kinds.unsqueeze(-1) * 64;
        var overlaps = Boxes.Pairwise(apart);
        var total = zeros_like(scores);
        // repair: var total = zeros_like(scores, dtype: ScalarType.Float32);
        for (var i = 0; i < rounds; i++)
        {
            var best = scores.argmax(0, keepdim: true);
            var hit = overlaps.index_select(0, best).squeeze(0) >= 0.5;
            total = total + scores.sigmoid() * hit.to(scores.dtype); // want PRC1011
            // repair: total = total + scores.sigmoid() * hit.to(scores.dtype);
            scores = scores.masked_fill(hit, Dead); // want PRC1007 (region, fp16)
            // repair: scores = scores.masked_fill(hit, finfo(scores.dtype).min);
        }

        return total + Support(overlaps, total) + Duplicates(overlaps);
    }

    /// <summary>What others that are near are sure of.</summary>
    private static Tensor Support(Tensor overlaps, Tensor total)
    {
        var near = (overlaps > 0.3).to(ScalarType.Float32);
        return near.mv(total); // want PRC1009
        // repair: return near.mv(total.to(ScalarType.Float32));
    }

    /// <summary>How many others are at the same place.</summary>
    private static Tensor Duplicates(Tensor overlaps)
    {
        var same = overlaps == 0.9; // want PRC1017
        // repair: var same = overlaps > 0.9;
        return same.sum(-1) - same.diagonal().to(ScalarType.Int64);
    }
}
