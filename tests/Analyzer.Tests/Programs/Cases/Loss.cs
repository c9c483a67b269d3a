// Losses as modules and as functions, and overlaps with an epsilon.

[MixedPrecision(Dtype.Float16)]
public sealed partial class BoxLoss : Module<Tensor, Tensor, Tensor>
{
    private readonly BCEWithLogitsLoss entropy = BCEWithLogitsLoss();
    public BoxLoss() : base("loss") => RegisterComponents();

    private Tensor ForwardCore(Tensor found, Tensor truth)
    {
        var presence = entropy.call(found, truth); // want PRC1005
        var kind = functional.cross_entropy(found, truth.to(ScalarType.Int64)); // want PRC1005
        var place = functional.mse_loss(found, truth); // want PRC1005
        var logarithm = (found.abs() + 1e-9).log(); // want PRC1008 (fp16); PRC1004
        var overlap = (found * truth).sum(1) / (truth.sum(1) + 1e-7); // want PRC1002
        return presence + kind + place + logarithm.mean() + overlap.mean();
    }
}

public static class Overlap
{
    public static Tensor Of(Tensor a, Tensor b, double epsilon = 1e-9) => (a * b).sum() / (b.sum() + epsilon); // want PRC1002; PRC1008

    public static Tensor InFloat16(Tensor a, Tensor b) => Of(a.half(), b.half());

    public static Tensor Here(Tensor a, Tensor b)
    {
        const double epsilon = 1e-9;
        (a, b) = (a.half(), b.half());
        return a.sum() / (b.clamp(min: 0) + epsilon); // want PRC1002; PRC1008
    }
}
