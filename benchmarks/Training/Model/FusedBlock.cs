using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Training.Benchmarks.Model;

/// <summary>
/// The block of <see cref="Block"/> in fused operations. It goes from one normalisation to the next: a branch's bias and its sum with
/// the residual stream belong to the normalisation that follows.
/// </summary>
internal sealed class FusedBlock : Module<Tensor, Tensor, LayerNorm, (Tensor Residual, Tensor Normal)>
{
    private readonly int heads;
    private readonly LayerNorm norm1;
    private readonly Linear attention;
    private readonly Linear projection;
    private readonly LayerNorm norm2;
    private readonly Linear widen;
    private readonly Linear narrow;

    public FusedBlock(ModelSize size)
        : base(nameof(FusedBlock))
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

    /// <summary>The normalisation in front of the block.</summary>
    public LayerNorm First => norm1;

    /// <param name="residual">The residual stream [batch, length, width].</param>
    /// <param name="normal">The stream normalised by <see cref="First"/>.</param>
    /// <param name="next">The normalisation behind the block.</param>
    /// <returns>The stream behind the block, and normalised by <paramref name="next"/>.</returns>
    public override (Tensor Residual, Tensor Normal) forward(Tensor residual, Tensor normal, LayerNorm next)
    {
        using var scope = NewDisposeScope();
        var (batch, length, width) = (normal.shape[0], normal.shape[1], normal.shape[2]);
        var parts = Fused.linear_chunk(normal, attention.weight, attention.bias!, 3)
            .Select(part => part.view(batch, length, heads, width / heads).transpose(1, 2))
            .ToArray();
        var mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: true);
        var branch = functional.linear(mixed.transpose(1, 2).reshape(batch, length, width), projection.weight);
        (residual, normal) = Fused.add_layer_norm(branch, residual, norm2.weight!, norm2.bias, projection.bias);
        var wide = Fused.bias_gelu(functional.linear(normal, widen.weight), widen.bias!);
        (residual, normal) = Fused.add_layer_norm(
            functional.linear(wide, narrow.weight), residual, next.weight!, next.bias, narrow.bias);
        return (residual.MoveToOuterDisposeScope(), normal.MoveToOuterDisposeScope());
    }
}
