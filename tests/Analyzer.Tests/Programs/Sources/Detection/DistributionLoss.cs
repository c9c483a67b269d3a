namespace Models.Detection;

/// <summary>Pulls the distribution of a side to the two bins around the truth.</summary>
public sealed class DistributionLoss : Module<Tensor, Tensor, Tensor>
{
    private readonly int bins;

    public DistributionLoss(int bins)
        : base(nameof(DistributionLoss))
    {
        this.bins = bins;
        RegisterComponents();
    }

    /// <param name="distributions">(n, 4, bins).</param>
    /// <param name="distances">(n, 4), in bins.</param>
    public override Tensor forward(Tensor distributions, Tensor distances)
    {
        var logits = distributions.reshape(-1, bins);
        var target = distances.flatten().clamp(0, bins - 1.01);
        var left = target.to(ScalarType.Int64);
        var right = (left + 1).clamp(max: bins - 1);
        var weight = (right - target).abs();
        var below = functional.cross_entropy(logits, left, reduction: Reduction.None); // want PRC1005 (fp16, bf16)
        var above = functional.cross_entropy(logits, right, reduction: Reduction.None); // want PRC1005 (fp16, bf16)
        return (below * weight + above * (1 - weight)).mean();
    }
}
