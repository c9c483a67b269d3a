/// <summary>Self-attention with a mask that is added to the scores.</summary>
public sealed class BertSelfAttention : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear query;
    private readonly Linear key;
    private readonly Linear value;
    private readonly Linear output;
    private readonly Dropout dropout = Dropout(0.1);
    private readonly int heads;

    public BertSelfAttention(int width, int heads)
        : base(nameof(BertSelfAttention))
    {
        this.heads = heads;
        query = Linear(width, width);
        key = Linear(width, width);
        value = Linear(width, width);
        output = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor mask)
    {
        Tensor Split(Tensor y) => y.view(y.shape[0], y.shape[1], heads, -1).permute(0, 2, 1, 3);

        var q = Split(query.call(x));
        var k = Split(key.call(x));
        var v = Split(value.call(x));
        var scores = matmul(q, k.transpose(-1, -2)) / Math.Sqrt(q.shape[^1]);
        scores = scores + mask;
        var probabilities = dropout.call(functional.softmax(scores, -1));
        var context = matmul(probabilities, v).permute(0, 2, 1, 3).contiguous();
        return output.call(context.view(x.shape));
    }
}

/// <summary>A post-norm layer.</summary>
public sealed class BertLayer : Module<Tensor, Tensor, Tensor>
{
    private readonly BertSelfAttention attention;
    private readonly LayerNorm attentionNorm;
    private readonly Linear intermediate;
    private readonly Linear output;
    private readonly LayerNorm outputNorm;
    private readonly Dropout dropout = Dropout(0.1);

    public BertLayer(int width, int heads)
        : base(nameof(BertLayer))
    {
        attention = new BertSelfAttention(width, heads);
        attentionNorm = LayerNorm(width, eps: 1e-12);
        intermediate = Linear(width, 4 * width);
        output = Linear(4 * width, width);
        outputNorm = LayerNorm(width, eps: 1e-12);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor mask)
    {
        x = attentionNorm.call(x + dropout.call(attention.call(x, mask)));
        return outputNorm.call(x + dropout.call(output.call(functional.gelu(intermediate.call(x)))));
    }
}

/// <summary>BERT's encoder with the head of its masked language model.</summary>
public sealed class BertEncoder : Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding words;
    private readonly Embedding positions;
    private readonly LayerNorm norm;
    private readonly ModuleList<BertLayer> layers = new();
    private readonly Linear transform;
    private readonly Linear decoder;

    public BertEncoder(int vocabulary, int width, int heads, int depth)
        : base(nameof(BertEncoder))
    {
        words = Embedding(vocabulary, width, padding_idx: 0);
        positions = Embedding(512, width);
        norm = LayerNorm(width, eps: 1e-12);
        for (var i = 0; i < depth; i++)
        {
            layers.Add(new BertLayer(width, heads));
        }

        transform = Linear(width, width);
        decoder = Linear(width, vocabulary);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids, Tensor attentionMask)
    {
        var x = norm.call(words.call(ids) + positions.call(arange(ids.shape[1], device: ids.device)));

        // 0 where a token may be seen, very small where not.
        var mask = (1.0 - attentionMask.unsqueeze(1).unsqueeze(2).to(ScalarType.Float32)) * -1e9;
        foreach (var layer in layers)
        {
            x = layer.call(x, mask);
        }

        return decoder.call(functional.gelu(transform.call(x)));
    }
}

public static class BertTraining
{
    public static Tensor Loss(BertEncoder model, Tensor ids, Tensor mask, Tensor labels)
        => functional.cross_entropy(model.call(ids, mask).flatten(0, 1), labels.flatten(), ignore_index: -100);
}
