[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
public sealed partial class Grid : Module<Tensor, Tensor>
{
    private readonly Conv2d projection = Conv2d(3, 3, 1);
    public Grid() : base("grid") => RegisterComponents();

    private Tensor ForwardCore(Tensor image)
    {
        image = projection.call(image);
        var columns = Witness.Tells(arange(0, image.shape[3], dtype: image.dtype, device: image.device) + 0.5); // BFloat16
        return Witness.Tells(image + columns); // BFloat16
    }
}

[MixedPrecision(Dtype.BFloat16)]
public sealed partial class RotaryInRegion : Module<Tensor, Tensor>
{
    private readonly Tensor rates = pow(10000.0, -arange(0, 8, 2, dtype: ScalarType.Float32) / 8);
    public RotaryInRegion() : base("rotary") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var places = arange(0, x.shape[1], dtype: ScalarType.Float32, device: x.device);
        var promoted = Witness.Tells(outer(places, rates)); // Float32
        var multiplied = Witness.Hides(einsum("i,j->ij", places, rates)); // nothing is summed, and libtorch promotes
        var summed = Witness.Tells(einsum("ik,jk->ij", stack([places, places], 1), stack([rates, rates], 1))); // BFloat16
        var product = Witness.Tells(matmul(places.unsqueeze(1), rates.unsqueeze(0))); // BFloat16
        return x * (promoted.cos() + multiplied.sin() + summed.sin() + product.cos());
    }
}

[MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16, Autocast = false)]
public sealed partial class FocalAngles : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);
    public FocalAngles() : base("focal") => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        var likely = layer.call(x).sigmoid().clamp(1e-4, 1 - 1e-4);
        return Witness.Tells(-(1 - likely).log()); // Float16
    }
}

[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
public sealed partial class RotaryTable : Module<Tensor, int, Tensor>
{
    private readonly Tensor rates;

    public RotaryTable()
        : base("rotary")
    {
        rates = pow(10000.0, -arange(0, 8, 2, dtype: ScalarType.Float32) / 8);
        register_buffer("rates", rates);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x, int length)
    {
        var places = Witness.Tells(arange(length, dtype: rates.dtype, device: x.device)); // BFloat16
        var angles = Witness.Tells(outer(places, rates)); // BFloat16
        return x * Witness.Tells(angles.to(ScalarType.Float32)).cos(); // Float32
    }
}

[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
public sealed partial class RotaryTransient : Module<Tensor, int, Tensor>
{
    private readonly Tensor rates;

    public RotaryTransient()
        : base("rotary")
    {
        rates = pow(10000.0, -arange(0, 8, 2, dtype: ScalarType.Float32) / 8);
        register_buffer("rates", rates, persistent: false);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x, int length)
        => x * Witness.Hides(outer(arange(length, dtype: rates.dtype, device: x.device), rates)).cos();
}

public static class Angles
{
    public static void Run()
    {
        Ready(new Grid()).call(rand(1, 3, 4, 4, device: Witness.Device));
        Ready(new RotaryInRegion()).call(rand(4, 4, device: Witness.Device));
        Ready(new FocalAngles()).call(rand(2, 4, device: Witness.Device));
        Ready(new RotaryTransient()).call(rand(3, 4, device: Witness.Device), 3);
        Ready(new RotaryTable()).call(rand(3, 4, device: Witness.Device), 3);
    }

    private static T Ready<T>(T model)
        where T : Module
    {
        model.to(Witness.Device);
        ((IMixedPrecisionModule)model).CreateMasterWeights();
        return model;
    }
}
