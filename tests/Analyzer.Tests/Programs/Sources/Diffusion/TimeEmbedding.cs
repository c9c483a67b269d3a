namespace Models.Diffusion;

/// <summary>The step of the noise as a vector.</summary>
public abstract class TimeEmbedding : Module<Tensor, Tensor>
{
    protected readonly Linear first;
    protected readonly Linear second;
    protected readonly int width;

    protected TimeEmbedding(string name, int width)
        : base(name)
    {
        this.width = width;
        first = Linear(width, 4 * width);
        second = Linear(4 * width, 4 * width);
    }

    /// <summary>Chosen by name, as configurations have it.</summary>
    public static TimeEmbedding Create(string kind, int width)
        => kind == "fourier" ? new FourierTime(width) : new SinusoidalTime(width);

    protected static Tensor Waves(Tensor step, Tensor frequencies)
    {
        var angles = step.to(ScalarType.Float32).unsqueeze(1) * frequencies.unsqueeze(0);
        return cat([angles.sin(), angles.cos()], dim: -1);
    }
}

/// <summary>Frequencies that fall from 1 to 1/10000.</summary>
public sealed class SinusoidalTime : TimeEmbedding
{
    public SinusoidalTime(int width) : base(nameof(SinusoidalTime), width) => RegisterComponents();

    public override Tensor forward(Tensor step)
    {
        var exponents = arange(width / 2, dtype: ScalarType.Float32, device: step.device) / (width / 2);
        var waves = Waves(step, exp(-Math.Log(10000) * exponents));
        return second.call(functional.silu(first.call(waves.to(first.weight!.dtype))));
    }
}

/// <summary>Frequencies that were drawn once.</summary>
public sealed class FourierTime : TimeEmbedding
{
    public FourierTime(int width) : base(nameof(FourierTime), width) => RegisterComponents();

    public override Tensor forward(Tensor step)
    {
        var frequencies = linspace(0.1, 16, width / 2, dtype: ScalarType.Float32, device: step.device);
        var waves = Waves(step, frequencies) * 2;
        var hidden = first.call(waves); // want PRC1009 (fp16, bf16)
        return second.call(functional.silu(hidden));
    }
}
