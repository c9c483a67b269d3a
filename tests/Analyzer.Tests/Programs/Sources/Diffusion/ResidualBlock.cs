using Models.Common;

namespace Models.Diffusion;

/// <summary>Two convolutions that know the time.</summary>
public sealed class ResidualBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly Sequential input;
    private readonly Sequential output;
    private readonly Module<Tensor, Tensor> time;
    private readonly Module<Tensor, Tensor> skip;
    private readonly bool standardises;

    public ResidualBlock(int channels, int outputs, int timeWidth, bool standardises = false)
        : base(nameof(ResidualBlock))
    {
        this.standardises = standardises;
        input = Sequential(Norms.Group(channels), SiLU(), Conv2d(channels, outputs, kernel_size: 3, padding: 1));
        output = Sequential(Norms.Group(outputs), SiLU(), Dropout(0.1), Conv2d(outputs, outputs, kernel_size: 3, padding: 1));
        time = Sequential(SiLU(), Linear(timeWidth, outputs));
        skip = channels == outputs ? Identity() : Conv2d(channels, outputs, kernel_size: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor t)
    {
        var hidden = input.call(x) + time.call(t).unsqueeze(-1).unsqueeze(-1);
        if (standardises)
        {
            hidden = hidden.Standardised();
        }

        return output.call(hidden) + skip.call(x);
    }
}
