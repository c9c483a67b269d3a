[MixedPrecisionFunction]
public sealed partial class RegionProduct : autograd.SingleTensorFunction<RegionProduct>
{
    public override string Name => nameof(RegionProduct);

    private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => Witness.Hides(((Tensor)vars[0]).matmul((Tensor)vars[1]));

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient) => [gradient, null];
}

[MixedPrecisionFunction(CastInputs = Dtype.Float32)]
public sealed partial class Float32Product : autograd.SingleTensorFunction<Float32Product>
{
    public override string Name => nameof(Float32Product);

    private Tensor ForwardCore(autograd.AutogradContext ctx, params object[] vars) => Witness.Hides(((Tensor)vars[0]).matmul((Tensor)vars[1]));

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, Tensor gradient) => [gradient, null];
}

[MixedPrecisionFunction(CastInputs = Dtype.Float16)]
public sealed partial class Float16Sum : autograd.MultiTensorFunction<Float16Sum>
{
    public override string Name => nameof(Float16Sum);

    private List<Tensor> ForwardCore(autograd.AutogradContext ctx, params object[] vars) => [(Tensor)vars[0] + (Tensor)vars[1], ((Tensor)vars[0]).alias()];

    private List<Tensor> BackwardCore(autograd.AutogradContext ctx, List<Tensor> gradients) => [gradients[0], gradients[1]];
}

public sealed class PlainScale : autograd.MultiTensorFunction<PlainScale>
{
    public override string Name => nameof(PlainScale);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars) => [(Tensor)vars[0] * (double)vars[1], ((Tensor)vars[0]).matmul((Tensor)vars[0])];

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients) => [gradients[0], null];
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class Applying : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public Applying()
        : base("applying") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var y = layer.call(x);
        Witness.Tells(RegionProduct.apply(y, y));
        Witness.Tells(Float32Product.apply(y, y));
        Witness.Tells(Float16Sum.apply(y, layer.weight)[0]);
        return Witness.Hides(RegionProduct.apply(Float32Product.apply(y, y), x));
    }
}

public static class Functions
{
    public static void Run()
    {
        var device = Witness.Device;
        var x = rand(4, 4, device: device);
        var h = x.bfloat16();
        Witness.Tells(RegionProduct.apply(x, x));
        Witness.Tells(Float32Product.apply(h, h));
        Witness.Tells(PlainScale.apply(x, 2.0)[0]);
        using (Autocast.Enter(device, Dtype.BFloat16))
        {
            Witness.Tells(RegionProduct.apply(x, x));
            Witness.Tells(RegionProduct.apply(x, h) + x);
            Witness.Tells(Float32Product.apply(h, x));
            Witness.Tells(Float32Product.apply(h, h).relu());
            Witness.Tells(Float16Sum.apply(x, h)[0]);
            Witness.Tells(Float16Sum.apply(x, h)[1]);
            Witness.Tells(PlainScale.apply(x, 2.0)[0]);
            Witness.Tells(PlainScale.apply(x, 2.0)[1]);
            using var off = Autocast.Disable(device);
            Witness.Tells(RegionProduct.apply(h, h));
            Witness.Tells(Float32Product.apply(h, h));
        }

        new Applying().to(device).call(x);
    }
}
