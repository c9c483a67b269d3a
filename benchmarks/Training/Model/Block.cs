using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Training.Benchmarks.Model;

/// <summary>One layer of the transformer. What it does not return is freed when it ends, as in Python.</summary>
internal sealed class Block : Module<Tensor, Tensor>
{
    private readonly int heads;
    private readonly LayerNorm norm1;
    private readonly Linear attention;
    private readonly Linear projection;
    private readonly LayerNorm norm2;
    private readonly Linear widen;
    private readonly Linear narrow;

    public Block(ModelSize size)
        : base(nameof(Block))
    {
        var width = size.Width;
        heads = size.Heads;
        norm1 = LayerNorm(width);
        attention = Linear(width, 3 * width);
        projection = Linear(width, width);
        norm2 = LayerNorm(width);
        widen = Linear(width, 4 * width);
        narrow = Linear(4 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var parts = attention.call(norm1.call(x)).chunk(3, dim: -1)
            .Select(part => part.view(batch, length, heads, width / heads).transpose(1, 2))
            .ToArray();
        var mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
        x = x + projection.call(mixed.transpose(1, 2).reshape(batch, length, width));
        return (x + narrow.call(functional.gelu(widen.call(norm2.call(x))))).MoveToOuterDisposeScope();
    }
}
