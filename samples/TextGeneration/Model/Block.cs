using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TextGeneration.Model;

/// <summary>One layer of the transformer. It needs no attribute: the region covers whatever the model's forward calls.</summary>
internal sealed class Block : Module<Tensor, Tensor>
{
    private readonly LayerNorm norm1;
    private readonly CausalSelfAttention attention;
    private readonly LayerNorm norm2;
    private readonly Mlp mlp;

    public Block(int width, int heads, double dropout)
        : base(nameof(Block))
    {
        norm1 = LayerNorm(width);
        attention = new CausalSelfAttention(width, heads, dropout);
        norm2 = LayerNorm(width);
        mlp = new Mlp(width, dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = x + attention.call(norm1.call(x));
        return x + mlp.call(norm2.call(x));
    }
}
