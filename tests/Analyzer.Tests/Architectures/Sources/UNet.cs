/// <summary>Two convolutions, each with normalisation and activation.</summary>
public sealed class DoubleConv : Module<Tensor, Tensor>
{
    private readonly Sequential layers;

    public DoubleConv(int inChannels, int channels)
        : base(nameof(DoubleConv))
    {
        layers = Sequential(
            Conv2d(inChannels, channels, 3, padding: 1, bias: false),
            BatchNorm2d(channels),
            ReLU(inplace: true),
            Conv2d(channels, channels, 3, padding: 1, bias: false),
            BatchNorm2d(channels),
            ReLU(inplace: true));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => layers.call(x);
}

/// <summary>A U-Net of three levels: encoder, decoder, and connections between their levels.</summary>
public sealed class UNet : Module<Tensor, Tensor>
{
    private readonly DoubleConv down1 = new(1, 32);
    private readonly DoubleConv down2 = new(32, 64);
    private readonly DoubleConv bottom = new(64, 128);
    private readonly ConvTranspose2d up2 = ConvTranspose2d(128, 64, 2, stride: 2);
    private readonly DoubleConv left2 = new(128, 64);
    private readonly ConvTranspose2d up1 = ConvTranspose2d(64, 32, 2, stride: 2);
    private readonly DoubleConv left1 = new(64, 32);
    private readonly Conv2d head = Conv2d(32, 1, 1);

    public UNet() : base(nameof(UNet)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        var first = down1.call(input);
        var second = down2.call(functional.max_pool2d(first, 2));
        var x = bottom.call(functional.max_pool2d(second, 2));
        x = left2.call(cat([second, Resize(up2.call(x), second)], dim: 1));
        x = left1.call(cat([first, Resize(up1.call(x), first)], dim: 1));
        return head.call(x);
    }

    private static Tensor Resize(Tensor x, Tensor like)
        => functional.interpolate(x, size: [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
}

public static class UNetTraining
{
    public static Tensor Loss(Tensor logits, Tensor target)
        => functional.binary_cross_entropy_with_logits(logits, target) + Dice(sigmoid(logits), target);

    private static Tensor Dice(Tensor probability, Tensor target)
    {
        var intersection = (probability * target).sum([1, 2, 3]);
        var union = probability.sum([1, 2, 3]) + target.sum([1, 2, 3]);
        return 1 - ((2 * intersection + 1e-6) / (union + 1e-6)).mean();
    }

    public static Tensor Step(UNet model, Tensor images, Tensor masks) => Loss(model.call(images), masks);
}
