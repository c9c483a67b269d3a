using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TextGeneration.Model;

/// <summary>Multi-head attention in which a token sees itself and what stands before it.</summary>
internal sealed class CausalSelfAttention : Module<Tensor, Tensor>
{
    private readonly Linear queryKeyValue;
    private readonly Linear projection;
    private readonly Dropout residualDropout;
    private readonly int heads;
    private readonly double attentionDropout;

    public CausalSelfAttention(int width, int heads, double dropout)
        : base(nameof(CausalSelfAttention))
    {
        this.heads = heads;
        attentionDropout = dropout;
        queryKeyValue = Linear(width, 3 * width);
        projection = Linear(width, width);
        residualDropout = Dropout(dropout);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2]);
        var parts = queryKeyValue.call(x).view(batch, length, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
        var mixed = functional.scaled_dot_product_attention(
            parts[0], parts[1], parts[2], p: training ? attentionDropout : 0, is_casual: true);
        return residualDropout.call(projection.call(mixed.transpose(1, 2).reshape(batch, length, width)));
    }
}
