namespace Models.Detection;

/// <summary>Attention between the places of a feature map.</summary>
public sealed class AreaAttention : Module<Tensor, Tensor>
{
    private readonly ConvBlock qkv;
    private readonly ConvBlock projection;
    private readonly DepthwiseConv position;
    private readonly int heads;
    private readonly float scale;

    public AreaAttention(int c, int heads, bool byHand = false)
        : base(nameof(AreaAttention))
    {
        this.heads = heads;
        scale = 1 / MathF.Sqrt(c / heads);
        qkv = new ConvBlock(c, 3 * c, activation: Identity);
        projection = new ConvBlock(c, c, activation: Identity);
        position = new DepthwiseConv(c, 3);
        ByHand = byHand;
        RegisterComponents();
    }

    /// <summary>Whether the weights are computed step by step.</summary>
    public bool ByHand { get; }

    public override Tensor forward(Tensor x)
    {
        var (b, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        var mixed = qkv.forward(x).view(b, heads, 3 * c / heads, h * w).chunk(3, dim: 2);
        Tensor q = mixed[0], k = mixed[1], v = mixed[2];
        var attention = q.transpose(-2, -1).matmul(k) * scale; // want PRC1013 (region, fp16)
        attention = ByHand ? Weights(attention) : attention.softmax(-1); // want PRC1001
        var attended = v.matmul(attention.type_as(v).transpose(-2, -1)).view(b, c, h, w);
        return x + projection.forward(attended + position.forward(v.reshape(b, c, h, w)));
    }

    private static Tensor Weights(Tensor scores)
    {
        var shifted = (scores - scores.amax([-1L], keepdim: true)).exp(); // bounded
        return shifted / shifted.sum(-1, keepdim: true); // want PRC1002
    }
}
