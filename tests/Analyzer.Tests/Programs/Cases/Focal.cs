// A focal loss by hand, whose bound keeps probabilities from 1 in float32 only.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Focal : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    public Focal() : base("focal") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var likely = layer.call(x).sigmoid().clamp(1e-4, 1 - 1e-4); // want PRC1008
        var wider = layer.call(x).sigmoid().clamp(1e-2, 1 - 1e-2);
        return -(1 - likely).log() - (1 - wider).log(); // want PRC1012
    }
}
