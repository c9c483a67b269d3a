namespace Detector;

/// <summary>A convolution, its norm and its activation.</summary>
public sealed class Conv : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly BatchNorm2d bn;

    public Conv(int from, int to, int kernel = 3, int stride = 1)
        : base(nameof(Conv))
    {
        conv = Conv2d(from, to, kernel, stride: stride, padding: kernel / 2, bias: false);
        bn = BatchNorm2d(to);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => functional.silu(bn.forward(conv.forward(x)));
}

/// <summary>Channels are weighed by what the whole image shows.</summary>
public sealed class SqueezeExcite : Module<Tensor, Tensor>
{
    private readonly Linear reduce, expand;

    public SqueezeExcite(int channels)
        : base(nameof(SqueezeExcite))
    {
        reduce = Linear(channels, channels / 4);
        expand = Linear(channels / 4, channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var pooled = x.sum([2L, 3L]) / (x.shape[2] * x.shape[3]); // want PRC1002
        // repair: var pooled = x.mean([2L, 3L]);
        var weights = sigmoid(expand.forward(functional.relu(reduce.forward(pooled))));
        return x * weights.view(x.shape[0], -1, 1, 1);
    }
}

/// <summary>Each channel is divided by its own standard deviation, and a learned share of the result is taken.</summary>
public sealed class InstanceScale : Module<Tensor, Tensor>
{
    private readonly Parameter share;

    public InstanceScale(int channels)
        : base(nameof(InstanceScale))
    {
        share = Parameter(zeros(1, channels, 1, 1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var spread = x.to(ScalarType.Float32).var([2L, 3L], keepdim: true).type_as(x); // want PRC1014
        // repair: var spread = x.to(ScalarType.Float32).var([2L, 3L], keepdim: true);
        var scaled = x / (spread + 1e-3).sqrt();
        return x + share.type_as(x) * scaled.type_as(x);
    }
}

/// <summary>Attention over all places of a small map, whose positions are angles.</summary>
public sealed class AreaAttention : Module<Tensor, Tensor>
{
    private readonly Conv2d qkv;
    private readonly Conv2d proj;
    private readonly int channels;

    public AreaAttention(int channels)
        : base(nameof(AreaAttention))
    {
        this.channels = channels;
        qkv = Conv2d(channels, 3 * channels, 1);
        proj = Conv2d(channels, channels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var parts = qkv.forward(x + Places(x)).flatten(2).transpose(1, 2).chunk(3, dim: -1);
        var attn = parts[0].bmm(parts[1].transpose(1, 2)); // b × n × n
        attn = attn.div(Math.Sqrt(channels)); // want PRC1013 (region, fp16)
        // repair: attn = (parts[0] / Math.Sqrt(channels)).bmm(parts[1].transpose(1, 2));
        attn = attn.softmax(-1); // want PRC1001
        // repair: attn = attn.softmax(-1, dtype: ScalarType.Float32).type_as(x);
        var mixed = attn.type_as(x).bmm(parts[2]).transpose(1, 2);
        return x + proj.forward(mixed.reshape(x.shape[0], channels, x.shape[2], x.shape[3]));
    }

    private Tensor Places(Tensor x)
    {
        var rows = arange(x.shape[2] * x.shape[3], dtype: ScalarType.Float32).unsqueeze(0) / (x.shape[2] * x.shape[3]);
        var rates = pow(2.0, arange(channels, dtype: ScalarType.Float32)).unsqueeze(1);
        var phases = (rates * rows * Math.PI).to(x.dtype);
        // repair: var phases = rates * rows * Math.PI;
        return phases.sin().view(1, channels, x.shape[2], x.shape[3]).type_as(x); // want PRC1018
    }
}

/// <summary>Maps of two sizes.</summary>
public sealed class Backbone : Module<Tensor, Tensor[]>
{
    private readonly Module<Tensor, Tensor> stem, fine, coarse;

    public Backbone(int width)
        : base(nameof(Backbone))
    {
        stem = Sequential(new Conv(3, width, stride: 2), new Conv(width, width, stride: 2));
        fine = Sequential(new Conv(width, width, stride: 2), new SqueezeExcite(width));
        coarse = Sequential(new Conv(width, width, stride: 2), new InstanceScale(width), new AreaAttention(width));
        RegisterComponents();
    }

    public override Tensor[] forward(Tensor image)
    {
        var small = fine.forward(stem.forward(image));
        return [small, coarse.forward(small)];
    }
}
