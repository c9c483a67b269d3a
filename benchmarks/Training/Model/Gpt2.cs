using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Training.Benchmarks.Model;

/// <summary>GPT-2 with its loss: layer for layer the model of pytorch_baseline.py.</summary>
[MixedPrecision(Dtype.BFloat16)]
internal sealed partial class Gpt2 : Module<Tensor, Tensor, Tensor>, ILanguageModel
{
    private readonly Embedding tokens;
    private readonly Embedding positions;
    private readonly ModuleList<Block> blocks;
    private readonly LayerNorm norm;

    public Gpt2(ModelSize size)
        : base(nameof(Gpt2))
    {
        tokens = Embedding(size.Vocabulary, size.Width);
        positions = Embedding(size.Context, size.Width);
        blocks = [.. Enumerable.Range(0, size.Layers).Select(_ => new Block(size))];
        norm = LayerNorm(size.Width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public ScalarType LogitsDtype { get; private set; }

    /// <param name="ids">Int64 [batch, length].</param>
    /// <param name="targets">Int64 [batch, length].</param>
    /// <returns>The mean cross entropy.</returns>
    private Tensor ForwardCore(Tensor ids, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var x = tokens.call(ids) + positions.call(arange(ids.shape[1], device: ids.device));
        foreach (var block in blocks)
        {
            x = block.call(x);
        }

        var logits = functional.linear(norm.call(x), tokens.weight!);
        LogitsDtype = logits.dtype;
        return functional.cross_entropy(logits.view(-1, logits.shape[^1]), targets.view(-1)).MoveToOuterDisposeScope();
    }
}
