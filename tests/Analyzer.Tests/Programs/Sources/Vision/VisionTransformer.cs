using Models.Common;

namespace Models.Vision;

/// <summary>A hierarchical vision transformer with logits of classes or of prompts.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class VisionTransformer : Module<Tensor, Tensor>
{
    private readonly PatchEmbedding embedding;
    private readonly ModuleList<Stage> stages;
    private readonly Module<Tensor, Tensor> norm;
    private readonly Pooling pooling;
    private readonly Linear head;
    private readonly Parameter? prompts;
    private readonly Parameter temperature;

    public VisionTransformer(VisionConfig config, string pooling = "mean", bool comparesPrompts = false)
        : base(nameof(VisionTransformer))
    {
        var side = config.ImageSize / config.PatchSize;
        var width = config.Width;
        stages = new ModuleList<Stage>();
        for (var i = 0; i < config.Depths.Length; i++)
        {
            var isLast = i == config.Depths.Length - 1;
            stages.Add(new Stage(config, width, side, config.Depths[i], isLast));
            (width, side) = isLast ? (width, side) : (2 * width, side / 2);
        }

        embedding = new PatchEmbedding(config);
        norm = LayerNorm(width);
        this.pooling = Pooling.Create(pooling, width);
        head = Linear(width, config.Classes);
        prompts = comparesPrompts ? Parameter(randn(4, config.Classes)) : null;
        temperature = Parameter(tensor(2.6592f));
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x)
    {
        x = embedding.call(x);
        foreach (var stage in stages)
        {
            x = stage.call(x);
        }

        var logits = head.call(pooling.call(norm.call(x)));
        return prompts is null ? Normalised(logits) : Compare(logits, prompts);
    }

    /// <summary>Logarithms of probabilities.</summary>
    private static Tensor Normalised(Tensor logits)
    {
        var partition = logits.exp().sum(-1, keepdim: true); // want PRC1002; PRC1003 (region, fp16)
        return logits - partition.log(); // want PRC1012
    }

    /// <summary>The similarity of images and prompts, as CLIP has it.</summary>
    private Tensor Compare(Tensor image, Tensor prompt)
    {
        var similarity = image.UnitLength().matmul(prompt.t());
        return similarity * temperature.exp(); // want PRC1003 (fp16)
    }
}
