namespace FineTuning;

/// <summary>Embeddings, layers, and one vector for a sentence.</summary>
public sealed class Encoder : Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding tokens;
    private readonly ModuleList<EncoderLayer> layers = new();
    private readonly FinalNorm norm;
    private readonly Linear depth;
    private readonly int width;

    public Encoder(int vocabulary, int width, int heads, int count)
        : base(nameof(Encoder))
    {
        this.width = width;
        tokens = Embedding(vocabulary, width);
        for (var i = 0; i < count; i++)
        {
            layers.append(new EncoderLayer(width, heads));
        }

        norm = new FinalNorm(width);
        depth = Linear(width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids, Tensor padding)
    {
        var hidden = depth.forward(tokens.forward(ids));
        hidden.add_(Sinusoids(ids.shape[1])); // want PRC1015
        // repair: hidden = hidden.add(Sinusoids(ids.shape[1])).type_as(hidden);
        var spread = zeros(1, dtype: hidden.dtype);
        // repair: var spread = zeros(1);
        foreach (var layer in layers)
        {
            hidden = layer.forward(hidden, padding);
            spread += hidden.abs().mean(); // want PRC1011
            // repair: spread += hidden.abs().mean();
        }

        return (Pool(norm.forward(hidden), padding) / (1 + spread / layers.Count)).type_as(hidden);
    }

    private static Tensor Pool(Tensor hidden, Tensor padding)
    {
        var mask = padding.logical_not().unsqueeze(-1).to(hidden.dtype);
        var total = (hidden * mask).sum(1); // want PRC1002
        // repair: var total = (hidden * mask).sum(1, type: ScalarType.Float32);
        var pooled = total / mask.sum(1).clamp(min: 1); // want PRC1002
        // repair: var pooled = total / mask.sum(1, type: ScalarType.Float32).clamp(min: 1);
        return functional.normalize(pooled, p: 2, dim: -1); // want PRC1008 (region, fp16)
        // repair: return functional.normalize(pooled, p: 2, dim: -1).type_as(hidden);
    }

    private Tensor Sinusoids(long length)
    {
        var steps = arange(length, dtype: ScalarType.Float32).unsqueeze(1);
        var rates = (arange(0, width, 2, dtype: ScalarType.Float32) * (-Math.Log(10000.0) / width)).exp();
        return cat([(steps * rates).sin(), (steps * rates).cos()], dim: -1);
    }
}
