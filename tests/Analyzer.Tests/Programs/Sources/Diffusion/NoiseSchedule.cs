namespace Models.Diffusion;

/// <summary>How much of an image is left after each step: numbers in float32 that no model owns.</summary>
public sealed class NoiseSchedule
{
    private readonly Tensor signal;
    private readonly Tensor noise;

    public NoiseSchedule(int steps, double first = 1e-4, double last = 0.02)
    {
        var betas = linspace(first, last, steps, dtype: ScalarType.Float32);
        var kept = (1 - betas).cumprod(0);
        signal = kept.sqrt();
        noise = (1 - kept + 1e-8).sqrt();
    }

    /// <summary>An image with the noise of a step.</summary>
    public Tensor Add(Tensor image, Tensor added, Tensor step)
        => (At(signal, step) * image + At(noise, step) * added).to(image.dtype);

    /// <summary>Min-SNR weights: (batch).</summary>
    public Tensor Weights(Tensor step, double gamma = 5)
    {
        var ratio = (signal / noise).square().to(step.device).index_select(0, step);
        return ratio.clamp(max: gamma) / ratio;
    }

    private static Tensor At(Tensor table, Tensor step) => table.to(step.device).index_select(0, step).view(-1, 1, 1, 1);
}
