/// <summary>Predicts the noise in a noisy sample at a time step.</summary>
public sealed class Denoiser : Module<Tensor, Tensor, Tensor>
{
    private readonly Linear time1;
    private readonly Linear time2;
    private readonly Conv2d input;
    private readonly GroupNorm norm;
    private readonly Conv2d middle;
    private readonly Conv2d output;
    private readonly int width;

    public Denoiser(int channels, int width)
        : base(nameof(Denoiser))
    {
        this.width = width;
        time1 = Linear(width, 4 * width);
        time2 = Linear(4 * width, width);
        input = Conv2d(channels, width, 3, padding: 1);
        norm = GroupNorm(8, width);
        middle = Conv2d(width, width, 3, padding: 1);
        output = Conv2d(width, channels, 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor t)
    {
        var half = width / 2;
        var frequencies = exp(-Math.Log(10000) * arange(half, dtype: float32, device: x.device) / half);
        var angles = t.to(float32).unsqueeze(1) * frequencies.unsqueeze(0);
        var embedding = cat([angles.cos(), angles.sin()], dim: -1);
        embedding = time2.call(functional.silu(time1.call(embedding)));
        var h = input.call(x) + embedding.unsqueeze(-1).unsqueeze(-1);
        h = middle.call(functional.silu(norm.call(h)));
        return output.call(h);
    }
}

public sealed class Diffusion
{
    private readonly Tensor betas;
    private readonly Tensor alphas;
    private readonly Tensor cumulative;

    public Diffusion(int steps)
    {
        betas = linspace(1e-4, 0.02, steps);
        alphas = 1.0 - betas;
        cumulative = cumprod(alphas, dim: 0);
    }

    public Tensor Loss(Denoiser model, Tensor images)
    {
        var t = randint(0, betas.shape[0], [images.shape[0]], device: images.device);
        var noise = randn_like(images);
        var alpha = cumulative[t].view(-1, 1, 1, 1);
        var noisy = alpha.sqrt() * images + (1.0 - alpha).sqrt() * noise;
        return functional.mse_loss(model.call(noisy, t), noise);
    }

    public Tensor Step(Denoiser model, Tensor x, int t)
    {
        using var inference = no_grad();
        var time = full([x.shape[0]], t, dtype: int64, device: x.device);
        var predicted = model.call(x, time);
        var mean = (x - betas[t] / (1 - cumulative[t]).sqrt() * predicted) * alphas[t].rsqrt();
        return t == 0 ? mean : mean + betas[t].sqrt() * randn_like(x);
    }
}
