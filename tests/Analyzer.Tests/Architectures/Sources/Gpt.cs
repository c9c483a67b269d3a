/// <summary>Causal self-attention, written out.</summary>
public sealed class CausalSelfAttention : Module<Tensor, Tensor>
{
    private readonly Linear c_attn;
    private readonly Linear c_proj;
    private readonly Dropout dropout = Dropout(0.1);
    private readonly Tensor bias;
    private readonly int heads;

    public CausalSelfAttention(int width, int heads, int context)
        : base(nameof(CausalSelfAttention))
    {
        this.heads = heads;
        c_attn = Linear(width, 3 * width);
        c_proj = Linear(width, width);
        bias = tril(ones(context, context)).view(1, 1, context, context);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (B, T, C) = (x.shape[0], x.shape[1], x.shape[2]);
        var qkv = c_attn.call(x).chunk(3, dim: 2);
        var q = qkv[0].view(B, T, heads, C / heads).transpose(1, 2);
        var k = qkv[1].view(B, T, heads, C / heads).transpose(1, 2);
        var v = qkv[2].view(B, T, heads, C / heads).transpose(1, 2);
        var att = q.matmul(k.transpose(-2, -1)) * (1.0 / Math.Sqrt(C / heads));
        att = att.masked_fill(bias[.., .., ..(int)T, ..(int)T].eq(0), float.NegativeInfinity);
        att = functional.softmax(att, dim: -1);
        att = dropout.call(att);
        var y = att.matmul(v).transpose(1, 2).contiguous().view(B, T, C);
        return c_proj.call(y);
    }
}

/// <summary>The feed-forward part of a block.</summary>
public sealed class GptMlp : Module<Tensor, Tensor>
{
    private readonly Linear c_fc;
    private readonly Linear c_proj;

    public GptMlp(int width)
        : base(nameof(GptMlp))
    {
        c_fc = Linear(width, 4 * width);
        c_proj = Linear(4 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => c_proj.call(NewGelu(c_fc.call(x)));

    /// <summary>The approximation of GELU by tanh, as GPT-2 has it.</summary>
    private static Tensor NewGelu(Tensor x) => 0.5 * x * (1.0 + tanh(Math.Sqrt(2.0 / Math.PI) * (x + 0.044715 * x * x * x)));
}

/// <summary>A pre-norm block.</summary>
public sealed class GptBlock : Module<Tensor, Tensor>
{
    private readonly LayerNorm ln_1;
    private readonly CausalSelfAttention attn;
    private readonly LayerNorm ln_2;
    private readonly GptMlp mlp;

    public GptBlock(int width, int heads, int context)
        : base(nameof(GptBlock))
    {
        ln_1 = LayerNorm(width);
        attn = new CausalSelfAttention(width, heads, context);
        ln_2 = LayerNorm(width);
        mlp = new GptMlp(width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        var x = input + attn.forward(ln_1.forward(input));
        return x + mlp.forward(ln_2.forward(x));
    }
}

/// <summary>GPT-2, its head tied to the token embedding.</summary>
public sealed class Gpt : Module<Tensor, Tensor>
{
    private readonly Embedding wte;
    private readonly Embedding wpe;
    private readonly ModuleList<GptBlock> h = new();
    private readonly LayerNorm ln_f;

    public Gpt(int vocabulary, int width, int heads, int layers, int context)
        : base(nameof(Gpt))
    {
        wte = Embedding(vocabulary, width);
        wpe = Embedding(context, width);
        for (var i = 0; i < layers; i++)
        {
            h.Add(new GptBlock(width, heads, context));
        }

        ln_f = LayerNorm(width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids)
    {
        var positions = arange(0, ids.shape[1], dtype: int64, device: ids.device);
        var x = wte.forward(ids) + wpe.forward(positions);
        foreach (var block in h)
        {
            x = block.forward(x);
        }

        return functional.linear(ln_f.forward(x), wte.weight!);
    }
}

public static class GptTraining
{
    public static Tensor Loss(Gpt model, Tensor ids, Tensor targets)
    {
        var logits = model.forward(ids);
        return functional.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index: -1);
    }

    public static Tensor Sample(Gpt model, Tensor ids, int count, double temperature, int topK)
    {
        for (var i = 0; i < count; i++)
        {
            var logits = model.forward(ids)[.., -1, ..] / temperature;
            var (values, _) = logits.topk(topK);
            logits = where(logits < values[.., ^1..], full_like(logits, float.NegativeInfinity), logits);
            var next = multinomial(functional.softmax(logits, dim: -1), 1);
            ids = cat([ids, next], dim: 1);
        }

        return ids;
    }
}
