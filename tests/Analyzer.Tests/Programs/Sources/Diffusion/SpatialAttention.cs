using Models.Common;

namespace Models.Diffusion;

/// <summary>Attention of an image to itself.</summary>
public sealed class SpatialAttention : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> norm;
    private readonly Module<Tensor, Tensor> qkv;
    private readonly Module<Tensor, Tensor> projection;

    public SpatialAttention(int channels)
        : base(nameof(SpatialAttention))
    {
        norm = Norms.Group(channels);
        qkv = Conv2d(channels, 3 * channels, kernel_size: 1);
        projection = Conv2d(channels, channels, kernel_size: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var parts = qkv.call(norm.call(x)).flatten(2).chunk(3, dim: 1);
        var scores = bmm(parts[0].transpose(1, 2), parts[1]) / Math.Sqrt(x.shape[1]); // want PRC1013 (region, fp16)
        scores = scores.softmax(2); // want PRC1001
        var attended = bmm(parts[2], scores.type_as(parts[2]).transpose(1, 2));
        return x + projection.call(attended.view(x.shape));
    }
}

/// <summary>Attention whose cost grows with the number of places and not with its square.</summary>
public sealed class LinearAttention : Module<Tensor, Tensor>
{
    private readonly Conv2d qkv;
    private readonly Conv2d projection;
    private readonly int heads;

    public LinearAttention(int channels, int heads)
        : base(nameof(LinearAttention))
    {
        this.heads = heads;
        qkv = Conv2d(channels, 3 * channels, kernel_size: 1, bias: false);
        projection = Conv2d(channels, channels, kernel_size: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var (q, k, v) = Project(x);
        q = q.softmax(-2); // want PRC1001
        k = functional.softmax(k, dim: -1); // want PRC1001
        var context = einsum("b h d n, b h e n -> b h d e", k.type_as(v), v);
        var attended = einsum("b h d e, b h d n -> b h e n", context, q.type_as(v));
        return x + projection.call(attended.reshape(x.shape));
    }

    private (Tensor Query, Tensor Key, Tensor Value) Project(Tensor x)
    {
        var parts = qkv.call(x).chunk(3, dim: 1);
        return (Split(parts[0]), Split(parts[1]), Split(parts[2]));
        Tensor Split(Tensor part) => part.reshape(part.shape[0], heads, -1, x.shape[2] * x.shape[3]);
    }
}
