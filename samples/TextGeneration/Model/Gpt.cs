using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TextGeneration.Model;

/// <summary>
/// A decoder-only transformer with the architecture of GPT-2 (pre-norm blocks, learned positions, head tied to the token
/// embedding). The attribute is all that it takes to run in mixed precision.
/// </summary>
[MixedPrecision(Dtype.BFloat16)]
internal sealed partial class Gpt : Module<Tensor, Tensor>
{
    private readonly Embedding tokens;
    private readonly Embedding positions;
    private readonly ModuleList<Block> blocks;
    private readonly LayerNorm norm;

    public Gpt(GptShape shape, double dropout = 0)
        : base(nameof(Gpt))
    {
        Shape = shape.Validated();
        tokens = Embedding(shape.Vocabulary, shape.Width);
        positions = Embedding(shape.Context, shape.Width);
        blocks = [.. Enumerable.Range(0, shape.Layers).Select(_ => new Block(shape.Width, shape.Heads, dropout))];
        norm = LayerNorm(shape.Width);
        RegisterComponents();
        InitialWeights.Apply(this, shape.Layers);
    }

    public GptShape Shape { get; }

    /// <param name="ids">Int64 [batch, length], length at most the context.</param>
    /// <returns>Logits [batch, length, vocabulary].</returns>
    private Tensor ForwardCore(Tensor ids)
    {
        var x = tokens.call(ids) + positions.call(arange(ids.shape[1], device: ids.device));
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        return functional.linear(norm.call(x), tokens.weight!);
    }
}
