namespace FineTuning;

/// <summary>Root mean square norm.</summary>
public sealed class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    public RmsNorm(int width)
        : base(nameof(RmsNorm))
    {
        weight = Parameter(ones(width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var variance = x.pow(2).mean([-1L], keepdim: true); // want PRC1003 (region, fp16)
        // repair: var variance = x.to(ScalarType.Float32).pow(2).mean([-1L], keepdim: true);
        var normed = x * rsqrt(variance + 1e-6); // want PRC1004
        // repair: var normed = x * rsqrt(variance + 1e-6);
        return weight * normed.type_as(x);
    }
}

/// <summary>Layer norm by hand.</summary>
public sealed class FinalNorm(int width) : Module<Tensor, Tensor>(nameof(FinalNorm))
{
    public override Tensor forward(Tensor x)
    {
        var wide = x.to(ScalarType.Float32);
        var centred = wide - wide.mean([-1L], keepdim: true);
        var variance = centred.pow(2).mean([-1L], keepdim: true).to(x.dtype); // want PRC1014
        // repair: var variance = centred.pow(2).mean([-1L], keepdim: true);
        return (centred / (variance + 1e-5).sqrt()).to(x.dtype) / Math.Sqrt(width);
    }
}

/// <summary>A feed-forward part with an adapter of low rank, which a learned gate mixes in.</summary>
public sealed class Adapted : Module<Tensor, Tensor>
{
    private readonly Linear up, down, lora_a, lora_b, gate;

    public Adapted(int width, int rank)
        : base(nameof(Adapted))
    {
        up = Linear(width, 4 * width);
        down = Linear(4 * width, width);
        lora_a = Linear(width, rank, hasBias: false);
        lora_b = Linear(rank, width, hasBias: false);
        gate = Linear(width, 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var logits = gate.forward(x);
        var gates = logits.softmax(-1, dtype: logits.dtype); // want PRC1016
        // repair: var gates = logits.softmax(-1, dtype: ScalarType.Float32).to(logits.dtype);
        var adapted = lora_b.forward(lora_a.forward(x)) * (16.0 / 8);
        return down.forward(functional.gelu(up.forward(x))) * gates.narrow(-1, 0, 1) + adapted * gates.narrow(-1, 1, 1);
    }
}

/// <summary>A layer of the encoder.</summary>
public sealed class EncoderLayer : Module<Tensor, Tensor, Tensor>
{
    private readonly Attention attention;
    private readonly Adapted feed_forward;
    private readonly RmsNorm norm1, norm2;

    public EncoderLayer(int width, int heads)
        : base(nameof(EncoderLayer))
    {
        attention = new Attention(width, heads);
        feed_forward = new Adapted(width, rank: 2);
        norm1 = new RmsNorm(width);
        norm2 = new RmsNorm(width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor padding)
    {
        x = x + attention.forward(norm1.forward(x), padding);
        return x + feed_forward.forward(norm2.forward(x));
    }
}
