namespace FineTuning;

/// <summary>Self-attention by hand, with rotary queries and keys and a bias that grows with the distance.</summary>
public sealed class Attention : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear q_proj, k_proj, v_proj, o_proj;
    private readonly Tensor inv_freq;
    // repair: [FullPrecision] private readonly Tensor inv_freq;
    private readonly int heads;
    private readonly double scale;

    public Attention(int width, int heads)
        : base(nameof(Attention))
    {
        this.heads = heads;
        var head_dim = width / heads;
        scale = 1.0 / Math.Sqrt(head_dim);
        q_proj = Linear(width, width);
        k_proj = Linear(width, width);
        v_proj = Linear(width, width);
        o_proj = Linear(width, width);
        inv_freq = 1.0 / pow(10000.0, arange(0, head_dim, 2, dtype: ScalarType.Float32) / head_dim);
        register_buffer("inv_freq", inv_freq);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor padding)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        var (cos, sin) = Angles(length);
        var q = Rotate(Split(q_proj.forward(x)), cos, sin).type_as(x);
        var k = Rotate(Split(k_proj.forward(x)), cos, sin).type_as(x);
        var v = Split(v_proj.forward(x));

        var scores = einsum("bhqd,bhkd->bhqk", q, k) * scale; // want PRC1013 (region, fp16)
        // repair: var scores = einsum("bhqd,bhkd->bhqk", q * scale, k);
        scores = scores.masked_fill(padding.view(batch, 1, 1, length), -1e9); // want PRC1007 (region, fp16)
        // repair: scores = scores.masked_fill(padding.view(batch, 1, 1, length), finfo(scores.dtype).min);
        scores = scores + Distances(length, scores).type_as(scores);
        var weights = functional.softmax(scores, dim: -1); // want PRC1001
        // repair: var weights = functional.softmax(scores, dim: -1, dtype: ScalarType.Float32);
        var context = matmul(weights.type_as(v), v);
        return o_proj.forward(context.transpose(1, 2).reshape(batch, length, -1));
    }

    private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);

    private (Tensor Cos, Tensor Sin) Angles(long length)
    {
        var positions = arange(length, dtype: ScalarType.Float32);
        var freqs = positions.unsqueeze(1) * inv_freq.unsqueeze(0);
        var emb = cat([freqs, freqs], dim: -1);
        var cos = emb.cos(); // want PRC1018 (fp16, bf16)
        return (cos, emb.sin());
    }

    private static Tensor Rotate(Tensor x, Tensor cos, Tensor sin)
    {
        var halves = x.chunk(2, dim: -1);
        return x * cos + cat([-halves[1], halves[0]], dim: -1) * sin;
    }

    private Tensor Distances(long length, Tensor scores)
    {
        var positions = arange(length, dtype: scores.dtype); // want PRC1010
        // repair: var positions = arange(length, dtype: ScalarType.Float32);
        var slopes = pow(2.0, -arange(1, heads + 1, dtype: ScalarType.Float32)).view(-1, 1, 1);
        var distance = (positions.unsqueeze(0) - positions.unsqueeze(1)).abs();
        return -slopes * distance;
    }
}
