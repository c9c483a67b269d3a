using Models.Common;

namespace Models.Diffusion;

/// <summary>Attention of an image to a text.</summary>
public sealed class CrossAttention : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear toQuery;
    private readonly Linear toKey;
    private readonly Linear toValue;
    private readonly Module<Tensor, Tensor> output;
    private readonly LayerNorm norm;
    private readonly int heads;
    private readonly bool ignoresPadding;

    public CrossAttention(int channels, int textWidth, int heads, bool ignoresPadding)
        : base(nameof(CrossAttention))
    {
        this.heads = heads;
        this.ignoresPadding = ignoresPadding;
        norm = LayerNorm(channels);
        toQuery = Linear(channels, channels, hasBias: false);
        toKey = Linear(textWidth, channels, hasBias: false);
        toValue = Linear(textWidth, channels, hasBias: false);
        output = Sequential(Linear(channels, channels), Dropout(0.1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor text)
    {
        var tokens = x.ToTokens();
        var query = toQuery.call(norm.call(tokens)).SplitHeads(heads);
        var (key, value) = (toKey.call(text).SplitHeads(heads), toValue.call(text).SplitHeads(heads));
        var scores = query.matmul(key.transpose(-2, -1)) * Math.Pow(query.shape[^1], -0.5); // want PRC1013 (region, fp16)
        if (ignoresPadding)
        {
            var padding = text.eq(0).all(-1).view(text.shape[0], 1, 1, -1);
            scores = scores.masked_fill(padding, finfo(ScalarType.Float32).min); // want PRC1007
        }

        var weights = nn.functional.softmax(scores, -1); // want PRC1001
        var attended = output.call(weights.type_as(value).matmul(value).MergeHeads());
        return x + attended.ToImage(x.shape[2]);
    }
}
