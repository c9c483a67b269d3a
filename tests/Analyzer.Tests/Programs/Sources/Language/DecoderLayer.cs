using Models.Common;

namespace Models.Language;

/// <summary>Attention and feed-forward part, each with a norm before it.</summary>
public sealed class DecoderLayer : Module<LayerInput, LayerOutput>
{
    private readonly GroupedQueryAttention attention;
    private readonly MixtureOfExperts? mixture;
    private readonly Module<Tensor, Tensor>? dense;
    private readonly Module<Tensor, Tensor> inputNorm;
    private readonly Module<Tensor, Tensor> attentionNorm;

    public DecoderLayer(LanguageConfig config, int index)
        : base(nameof(DecoderLayer))
    {
        attention = new GroupedQueryAttention(config, index);
        if (index % 2 == 1 && config.Experts > 0)
        {
            mixture = new MixtureOfExperts(config.Width, config.Experts);
        }
        else
        {
            dense = new GatedFeedForward(config.Width, 2 * config.Width);
        }

        inputNorm = new RmsNorm(config.Width);
        attentionNorm = new RmsNorm(config.Width);
        RegisterComponents();
    }

    public override LayerOutput forward(LayerInput input)
    {
        var attended = attention.forward(new LayerInput
        {
            Hidden = inputNorm.forward(input.Hidden),
            Angles = input.Angles,
            Cache = input.Cache,
        });
        var hidden = input.Hidden + attended;
        var normed = attentionNorm.forward(hidden);
        if (mixture is not null)
        {
            var (mixed, balance) = mixture.forward(normed);
            return new LayerOutput(hidden + mixed, balance);
        }

        return new LayerOutput(hidden + dense!.forward(normed), zeros(1, device: hidden.device));
    }
}
