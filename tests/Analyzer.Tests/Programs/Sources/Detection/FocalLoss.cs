namespace Models.Detection;

/// <summary>Cross-entropy that turns to what is hard.</summary>
public sealed class FocalLoss : Module<Tensor, Tensor, Tensor>
{
    private readonly BCEWithLogitsLoss criterion = BCEWithLogitsLoss(reduction: Reduction.None);
    private readonly double gamma;

    public FocalLoss(double gamma = 1.5)
        : base(nameof(FocalLoss))
    {
        this.gamma = gamma;
        RegisterComponents();
    }

    public override Tensor forward(Tensor logits, Tensor target)
    {
        var entropy = criterion.forward(logits, target); // want PRC1005 (fp16, bf16)
        var probability = logits.to(ScalarType.Float32).sigmoid();
        var missed = (target - probability).abs().pow(gamma);
        var total = entropy.sum(); // want PRC1002 (fp16, bf16)
        return (entropy * missed).mean() + 0.01 * total / target.numel();
    }
}
