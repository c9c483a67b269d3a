/// <summary>Root mean square normalisation, in float32 inside as LLaMA has it.</summary>
public sealed class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double eps;

    public RmsNorm(int width, double eps = 1e-6)
        : base(nameof(RmsNorm))
    {
        this.eps = eps;
        weight = Parameter(ones(width));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var x32 = x.to(ScalarType.Float32);
        var normalised = x32 * rsqrt(x32.pow(2).mean([-1], keepdim: true) + eps);
        return normalised.type_as(x) * weight;
    }
}

/// <summary>Attention with rotary embeddings and grouped keys.</summary>
public sealed class LlamaAttention : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Linear wq;
    private readonly Linear wk;
    private readonly Linear wv;
    private readonly Linear wo;
    private readonly int heads;
    private readonly int groups;

    public LlamaAttention(int width, int heads, int groups)
        : base(nameof(LlamaAttention))
    {
        this.heads = heads;
        this.groups = groups;
        wq = Linear(width, width, hasBias: false);
        wk = Linear(width, width / heads * groups, hasBias: false);
        wv = Linear(width, width / heads * groups, hasBias: false);
        wo = Linear(width, width, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor cosine, Tensor sine)
    {
        var (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var q = Rotate(wq.call(x).view(batch, length, heads, -1).transpose(1, 2), cosine, sine);
        var k = Rotate(wk.call(x).view(batch, length, groups, -1).transpose(1, 2), cosine, sine);
        var v = wv.call(x).view(batch, length, groups, -1).transpose(1, 2);
        k = k.repeat_interleave(heads / groups, 1);
        v = v.repeat_interleave(heads / groups, 1);
        var scores = matmul(q, k.transpose(2, 3)) / Math.Sqrt(width / heads);
        var hidden = full([length, length], float.NegativeInfinity, device: x.device).triu(1);
        var weights = functional.softmax(scores + hidden, dim: -1).type_as(q);
        return wo.call(matmul(weights, v).transpose(1, 2).reshape(batch, length, width));
    }

    private static Tensor Rotate(Tensor x, Tensor cosine, Tensor sine)
    {
        var halves = x.chunk(2, dim: -1);
        return x * cosine + cat([-halves[1], halves[0]], dim: -1) * sine;
    }
}

/// <summary>The gated feed-forward part.</summary>
public sealed class LlamaFeedForward : Module<Tensor, Tensor>
{
    private readonly Linear w1;
    private readonly Linear w2;
    private readonly Linear w3;

    public LlamaFeedForward(int width, int hidden)
        : base(nameof(LlamaFeedForward))
    {
        w1 = Linear(width, hidden, hasBias: false);
        w2 = Linear(hidden, width, hasBias: false);
        w3 = Linear(width, hidden, hasBias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => w2.call(functional.silu(w1.call(x)) * w3.call(x));
}

/// <summary>A block of LLaMA, with the rotary embedding computed for the length that it gets.</summary>
public sealed class LlamaBlock : Module<Tensor, Tensor>
{
    private readonly RmsNorm attentionNorm;
    private readonly LlamaAttention attention;
    private readonly RmsNorm feedForwardNorm;
    private readonly LlamaFeedForward feedForward;
    private readonly Tensor inverseFrequencies;

    public LlamaBlock(int width, int heads, int groups)
        : base(nameof(LlamaBlock))
    {
        attentionNorm = new RmsNorm(width);
        attention = new LlamaAttention(width, heads, groups);
        feedForwardNorm = new RmsNorm(width);
        feedForward = new LlamaFeedForward(width, 8 * width / 3);
        inverseFrequencies = 1.0 / pow(10000.0, arange(0, width / heads, 2, dtype: float32) / (width / heads));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var positions = arange(x.shape[1], dtype: float32, device: x.device);
        var angles = outer(positions, inverseFrequencies);
        angles = cat([angles, angles], dim: -1);
        x = x + attention.call(attentionNorm.call(x), angles.cos(), angles.sin());
        return x + feedForward.call(feedForwardNorm.call(x));
    }
}
