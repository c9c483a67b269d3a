namespace Models.Diffusion;

/// <summary>Latents, noise and what predicts it; the forward gives the loss.</summary>
[MixedPrecision(Dtype.Float16)]
public sealed partial class DiffusionTraining : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly LatentEncoder encoder;
    private readonly UNet unet;
    private readonly Module<Tensor, Tensor> features;
    private readonly Parameter noText;
    private readonly NoiseSchedule schedule = new(steps: 100);

    public DiffusionTraining(UNetConfig config)
        : base(nameof(DiffusionTraining))
    {
        encoder = new LatentEncoder(config.Channels);
        unet = new UNet(config);
        features = Conv2d(4, 16, kernel_size: 3, padding: 1);
        noText = Parameter(randn(config.TextWidth));
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor image, Tensor step, Tensor text)
    {
        var (latent, divergence) = encoder.call(image);
        var noise = randn_like(latent);
        var noisy = schedule.Add(latent, noise, step);
        var predicted = Guided(noisy, step, text);
        var loss = functional.mse_loss(predicted, noise, Reduction.None); // want PRC1005 (fp16, bf16)
        var weighted = loss.flatten(1).mean([1L]) * schedule.Weights(step);
        return weighted.mean() + Perceptual(predicted, noise) + 1e-6 * divergence;
    }

    /// <summary>Classifier-free guidance, rescaled to the spread that the conditional prediction has.</summary>
    private Tensor Guided(Tensor noisy, Tensor step, Tensor text)
    {
        var conditional = unet.call(noisy, step, text);
        var free = unet.call(noisy, step, noText.expand_as(text));
        var guided = free + 3 * (conditional - free);
        var spread = guided.std(); // want PRC1002
        return guided * (conditional.abs().mean() / (spread + 1e-3));
    }

    private Tensor Perceptual(Tensor predicted, Tensor truth)
    {
        var (a, b) = (features.call(predicted), features.call(truth));
        var likeness = functional.cosine_similarity(a, b, dim: 1); // want PRC1008 (region, fp16)
        var difference = (a - b).square(); // want PRC1003 (region, fp16)
        return (1 - likeness).mean() + difference.mean();
    }
}
