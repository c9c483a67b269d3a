namespace Models.Detection;

/// <summary>Convolution, batch normalisation, activation.</summary>
public class ConvBlock : Module<Tensor, Tensor>
{
    protected readonly Conv2d conv;
    protected readonly BatchNorm2d bn;
    protected readonly Module<Tensor, Tensor> act;

    public ConvBlock(int c1, int c2, int k = 1, int s = 1, int g = 1, Func<Module<Tensor, Tensor>>? activation = null)
        : base(nameof(ConvBlock))
    {
        conv = Conv2d(c1, c2, kernel_size: k, stride: s, padding: k / 2, groups: g, bias: false);
        bn = BatchNorm2d(c2, eps: 1e-3, momentum: 0.03);
        act = activation is null ? SiLU() : activation();
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => act.forward(bn.forward(conv.forward(x)));
}

/// <summary>A convolution of each channel alone.</summary>
public sealed class DepthwiseConv(int c, int k) : ConvBlock(c, c, k, g: c);
