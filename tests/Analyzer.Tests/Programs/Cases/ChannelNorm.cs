// Norms written by hand over inputs of the forward.

[MixedPrecision(Dtype.Float16)]
public sealed partial class OverChannels : Module<Tensor, Tensor>
{
    private readonly Parameter gain = Parameter(ones(4, 1, 1));
    public OverChannels() : base("norm") => RegisterComponents();

    private Tensor ForwardCore(Tensor image)
    {
        var centre = image.mean([1L], keepdim: true);
        var spread = (image - centre).pow(2).mean([1L], keepdim: true); // want PRC1003 (fp16)
        return (image - centre) / (spread + 1e-8).sqrt() * gain; // want PRC1008 (fp16)
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class OverWidth : Module<Tensor, Tensor>
{
    private readonly Parameter gain = Parameter(ones(4));
    public OverWidth() : base("norm") => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => gain * x * (x.pow(2).mean([-1L], keepdim: true) + 1e-8).rsqrt(); // want PRC1003 (fp16); PRC1008 (fp16); PRC1004
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class OfProjection : Module<Tensor, Tensor>
{
    private readonly Linear projection = Linear(4, 4);
    public OfProjection() : base("norm") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var y = projection.call(x);
        return y * (y.pow(2).mean([-1L], keepdim: true) + 1e-8).rsqrt(); // want PRC1003 (fp16); PRC1008 (fp16); PRC1004
    }
}
