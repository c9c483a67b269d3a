namespace Models.Diffusion;

/// <summary>Half the resolution.</summary>
public sealed class Downsample : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> conv;

    public Downsample(int channels)
        : base(nameof(Downsample))
    {
        conv = Conv2d(channels, channels, kernel_size: 3, stride: 2, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => conv.call(x);
}

/// <summary>Twice the resolution.</summary>
public sealed class Upscale : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> conv;

    public Upscale(int channels)
        : base(nameof(Upscale))
    {
        conv = Conv2d(channels, channels, kernel_size: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
        => conv.call(functional.interpolate(x, scale_factor: [2.0, 2.0], mode: InterpolationMode.Nearest));
}
