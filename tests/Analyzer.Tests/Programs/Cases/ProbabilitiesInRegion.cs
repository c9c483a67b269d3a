// Binary cross entropy of probabilities as a module and as a function: CUDA's autocast refuses both.

[MixedPrecision(Dtype.Float16)]
public sealed partial class WithLoss : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    private readonly BCELoss loss = BCELoss();
    public WithLoss() : base("loss") => RegisterComponents();

    private Tensor ForwardCore(Tensor x, Tensor y)
    {
        var p = layer.call(x).sigmoid();
        return loss.call(p, y) // want PRC1006
            + nn.functional.binary_cross_entropy(p, y) // want PRC1006
            + nn.functional.binary_cross_entropy_with_logits(layer.call(x), y);
    }
}
