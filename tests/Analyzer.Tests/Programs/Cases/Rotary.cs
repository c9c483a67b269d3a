/// <summary>Rotary tables as language models keep them: inverse frequencies in a buffer, positions made in that buffer's dtype.</summary>
[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class Rotary : Module<Tensor, int, Tensor>
{
    private readonly Tensor inverse;

    public Rotary() : base("r")
    {
        inverse = pow(10000.0, -arange(0, 32, 2, dtype: ScalarType.Float32) / 32);
        register_buffer("inverse", inverse);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x, int length)
    {
        var positions = arange(length, dtype: inverse.dtype, device: inverse.device); // want PRC1010 (fp16, bf16)
        var angles = outer(positions, inverse).to(ScalarType.Float32);
        return x * angles.cos() + x * angles.sin(); // want PRC1018 (fp16, bf16)
    }
}

/// <summary>TorchSharp converts no buffer that is not persistent: all is float32 here.</summary>
[MixedPrecision(Dtype.BFloat16, Autocast = false)]
public sealed partial class TransientRotary : Module<Tensor, int, Tensor>
{
    private readonly Tensor inverse;

    public TransientRotary() : base("r")
    {
        inverse = pow(10000.0, -arange(0, 32, 2, dtype: ScalarType.Float32) / 32);
        register_buffer("inverse", inverse, persistent: false);
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x, int length)
    {
        var positions = arange(length, dtype: inverse.dtype, device: inverse.device);
        return x * outer(positions, inverse).cos();
    }
}
