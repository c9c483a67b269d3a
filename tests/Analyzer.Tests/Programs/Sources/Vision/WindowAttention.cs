using Models.Common;

namespace Models.Vision;

/// <summary>Attention inside windows, which every second block moves by half of one.</summary>
public sealed class WindowAttention : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> qkv;
    private readonly Module<Tensor, Tensor> projection;
    private readonly RelativePositionBias position;
    private readonly Parameter logitScale;
    private readonly bool cosine;
    private readonly int heads;
    private readonly int side;
    private readonly int window;
    private readonly int shift;

    public WindowAttention(VisionConfig config, int width, int side, int shift)
        : base(nameof(WindowAttention))
    {
        (heads, window, cosine) = (config.Heads, config.Window, config.CosineAttention);
        this.side = side;
        this.shift = shift;
        qkv = Linear(width, 3 * width);
        projection = Linear(width, width);
        position = new RelativePositionBias(window, heads);
        logitScale = Parameter(ones(heads, 1, 1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var width = x.shape[^1];
        var windows = Windows.Partition(Windows.Shift(x, side, -shift), side, window);
        var parts = qkv.call(windows).split(new long[] { width, width, width }, dim: -1);
        var (q, k, v) = (parts[0].SplitHeads(heads), parts[1].SplitHeads(heads), parts[2].SplitHeads(heads));
        var scores = cosine ? Cosine(q, k) : Products(q, k);
        scores = scores + position.Bias;
        var weights = scores.softmax(-1); // want PRC1001 (fp16, bf16)
        var attended = matmul(weights.type_as(v), v).MergeHeads();
        return Windows.Shift(Windows.Reverse(projection.call(attended), side, window), side, shift);
    }

    private static Tensor Products(Tensor q, Tensor k) => q.matmul(k.transpose(-2, -1)) / Math.Sqrt(q.shape[^1]); // want PRC1013 (region, fp16)

    private Tensor Cosine(Tensor q, Tensor k)
    {
        q = functional.normalize(q, dim: -1); // want PRC1008 (region, fp16)
        k = functional.normalize(k, dim: -1); // want PRC1008 (region, fp16)
        return q.matmul(k.transpose(-2, -1)) * logitScale.clamp(max: 4.6052).exp(); // bounded
    }
}
