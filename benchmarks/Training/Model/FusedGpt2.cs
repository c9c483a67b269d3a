using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Training.Benchmarks.Model;

/// <summary>The model of <see cref="Gpt2"/>, weight for weight, in fused operations.</summary>
[MixedPrecision(Dtype.BFloat16)]
internal sealed partial class FusedGpt2 : Module<Tensor, Tensor, Tensor>, ILanguageModel
{
    private readonly Embedding tokens;
    private readonly Embedding positions;
    private readonly ModuleList<FusedBlock> blocks;
    private readonly LayerNorm norm;

    public FusedGpt2(ModelSize size)
        : base(nameof(FusedGpt2))
    {
        tokens = Embedding(size.Vocabulary, size.Width);
        positions = Embedding(size.Context, size.Width);
        blocks = [.. Enumerable.Range(0, size.Layers).Select(_ => new FusedBlock(size))];
        norm = LayerNorm(size.Width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public ScalarType LogitsDtype { get; private set; }

    private Tensor ForwardCore(Tensor ids, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var x = tokens.call(ids) + positions.call(arange(ids.shape[1], device: ids.device));
        var (residual, normal) = Fused.add_layer_norm(x, null, blocks[0].First.weight!, blocks[0].First.bias);
        for (var i = 0; i < blocks.Count; i++)
        {
            (residual, normal) = blocks[i].forward(residual, normal, i + 1 < blocks.Count ? blocks[i + 1].First : norm);
        }

        // The logits have the dtype of what they are computed from.
        LogitsDtype = normal.dtype;
        return Fused.linear_cross_entropy(normal, tokens.weight!, targets).MoveToOuterDisposeScope();
    }
}
