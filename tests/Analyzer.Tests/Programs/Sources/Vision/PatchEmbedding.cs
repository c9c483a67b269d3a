using Models.Common;

namespace Models.Vision;

/// <summary>Patches of an image as tokens.</summary>
public sealed class PatchEmbedding : Module<Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> projection;
    private readonly Module<Tensor, Tensor>? norm;
    private readonly Parameter position;

    public PatchEmbedding(VisionConfig config)
        : base(nameof(PatchEmbedding))
    {
        var side = config.ImageSize / config.PatchSize;
        projection = Conv2d(3, config.Width, kernel_size: config.PatchSize, stride: config.PatchSize);
        norm = config.NormalisePatches ? new ChannelNorm(config.Width) : null;
        position = Parameter(zeros(1, side * side, config.Width));
        RegisterComponents();
        ResetPosition();
    }

    public override Tensor forward(Tensor x)
    {
        x = projection.forward(x);
        if (norm is not null)
        {
            x = norm.forward(x);
        }

        return x.ToTokens() + position;
    }

    private void ResetPosition()
    {
        using (no_grad())
        {
            var initial = randn_like(position);
            position.copy_(initial / (square(initial).sum([-1L], keepdim: true) + 1e-12).sqrt());
        }
    }
}
