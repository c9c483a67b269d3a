using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Distributed.Worker.Models;

/// <summary>A GPT of two blocks, small enough for 50 steps in a second.</summary>
[MixedPrecision(Dtype.BFloat16)]
internal sealed partial class Gpt : Module<Tensor, Tensor>
{
    public const int Vocabulary = 64;
    public const int Context = 16;
    private const int Width = 32;

    private readonly Embedding tokens = Embedding(Vocabulary, Width);
    private readonly Embedding positions = Embedding(Context, Width);
    private readonly ModuleList<Block> blocks = ModuleList(new Block(Width), new Block(Width));
    private readonly LayerNorm norm = LayerNorm(Width);

    public Gpt()
        : base(nameof(Gpt)) => RegisterComponents();

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

/// <summary>Attention of four heads and a layer of four times the width.</summary>
internal sealed class Block : Module<Tensor, Tensor>
{
    private const int Heads = 4;
    private readonly LayerNorm norm1;
    private readonly Linear attention;
    private readonly Linear projection;
    private readonly LayerNorm norm2;
    private readonly Linear widen;
    private readonly Linear narrow;

    public Block(int width)
        : base(nameof(Block))
    {
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
        var (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var parts = attention.call(norm1.call(x)).chunk(3, -1).Select(part => part.view(batch, length, Heads, width / Heads).transpose(1, 2)).ToArray();
        var mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
        x = x + projection.call(mixed.transpose(1, 2).reshape(batch, length, width));
        return x + narrow.call(functional.gelu(widen.call(norm2.call(x))));
    }
}
