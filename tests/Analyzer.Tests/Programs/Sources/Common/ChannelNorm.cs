namespace Models.Common;

/// <summary>Layer normalisation over the channels of an image, written out.</summary>
public sealed class ChannelNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    public ChannelNorm(int channels)
        : base(nameof(ChannelNorm))
    {
        weight = Parameter(ones(channels));
        bias = Parameter(zeros(channels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var centred = x - x.mean([1L], keepdim: true);
        var variance = centred.pow(2).mean([1L], keepdim: true); // want PRC1003 (region, fp16)
        var normalised = centred / (variance + 1e-12).sqrt(); // want PRC1008 (region, fp16)
        return normalised * weight.view(-1, 1, 1) + bias.view(-1, 1, 1);
    }
}
