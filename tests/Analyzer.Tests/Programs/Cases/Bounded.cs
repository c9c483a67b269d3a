// Exponents that a clamp, a square or a maximum keeps small, also through a variable and a number.

[MixedPrecision(Dtype.Float16)]
public sealed partial class Bounded : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(8, 8);
    public Bounded() : base("bounded") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var h = layer.call(x);
        var logvar = h.clamp(-30, 20);
        var std = exp(0.5 * logvar) + (logvar * 0.5).exp() + (logvar / 2).exp();
        var variance = exp(logvar); // want PRC1003 (fp16)
        var small = h.clamp(max: 8);
        var near = exp(small);
        var far = exp(2 * small); // want PRC1003 (fp16)
        var unknown = exp(0.5 * h); // want PRC1003 (fp16)
        var turned = exp(-0.5 * logvar); // want PRC1003 (fp16)
        var distance = (h.unsqueeze(1) - h.unsqueeze(0)).abs();
        var kernels = exp(-distance / 4) + exp(-0.5 * h * h) + exp(-(h * h) / 2);
        var wrong = exp(0.5 * h * h); // want PRC1003 (fp16)
        var p = h.sigmoid();
        var focal = (1 - p).pow(2) + (1 - h.tanh()).square() + p.pow(2.5) + (h.tanh() - 1).exp();
        wrong = wrong + (1 - h).pow(2) + focal; // want PRC1003 (fp16)
        wrong = wrong + exp(1 - h.clamp(max: 8)); // want PRC1003 (fp16)
        wrong = wrong + p.pow(-2); // want PRC1003 (fp16); PRC1004 (bf16)
        return std + variance + near + far + unknown + turned + kernels.mean([0L]) + wrong;
    }
}
