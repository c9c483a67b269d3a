using Models.Common;

namespace Models.Vision;

/// <summary>Attention over all tokens of an image.</summary>
public sealed class GlobalAttention : Module<Tensor, Tensor>
{
    private readonly Linear query;
    private readonly Linear keyValue;
    private readonly Sequential output;
    private readonly int heads;
    private readonly double scale;

    public GlobalAttention(int width, int heads)
        : base(nameof(GlobalAttention))
    {
        this.heads = heads;
        scale = 1 / Math.Sqrt(width / heads);
        query = Linear(width, width);
        keyValue = Linear(width, 2 * width);
        output = Sequential(("projection", Linear(width, width)), ("dropout", Dropout(0.1)));
        RegisterComponents();
    }

    /// <summary>Tokens that nothing looks at: true where hidden.</summary>
    public Tensor? Hidden { get; set; }

    public override Tensor forward(Tensor x)
    {
        var q = query.call(x).SplitHeads(heads);
        var kv = keyValue.call(x).chunk(2, dim: -1);
        return output.call(Attend(q, kv[0].SplitHeads(heads), kv[1].SplitHeads(heads)).MergeHeads());
    }

    private Tensor Attend(Tensor q, Tensor k, Tensor v)
    {
        var scores = matmul(q * scale, k.transpose(-2, -1));
        if (Hidden is not null)
        {
            scores = scores.masked_fill(Hidden, -1e9); // want PRC1007 (region, fp16)
        }

        var weights = functional.softmax(scores, dim: -1); // want PRC1001
        return matmul(weights.type_as(v), v);
    }
}
