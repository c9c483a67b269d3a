namespace Models.Diffusion;

/// <summary>A latent image, and how far its distribution is from the normal one.</summary>
public readonly record struct Latent(Tensor Sample, Tensor Divergence);

/// <summary>The encoder of a variational autoencoder.</summary>
public sealed class LatentEncoder : Module<Tensor, Latent>
{
    private readonly Sequential body;

    public LatentEncoder(int channels)
        : base(nameof(LatentEncoder))
    {
        List<(string, Module<Tensor, Tensor>)> layers = [("stem", Conv2d(3, channels, kernel_size: 3, padding: 1))];
        for (var i = 0; i < 2; i++)
        {
            layers.Add(($"act{i}", SiLU()));
            layers.Add(($"conv{i}", Conv2d(channels, channels, kernel_size: 3, stride: 2, padding: 1)));
        }

        layers.Add(("moments", Conv2d(channels, 8, kernel_size: 1)));
        body = Sequential(layers);
        RegisterComponents();
    }

    public override Latent forward(Tensor image)
    {
        var moments = body.call(image).chunk(2, dim: 1);
        var (mean, logVariance) = (moments[0], moments[1]);
        var deviation = (0.5 * logVariance).exp(); // want PRC1003 (region, fp16)
        return new Latent(mean + deviation * randn_like(mean), Divergence(mean, logVariance));
    }

    private static Tensor Divergence(Tensor mean, Tensor logVariance)
    {
        var spread = logVariance.exp(); // want PRC1003 (region, fp16)
        var distance = mean.pow(2); // want PRC1003 (region, fp16)
        var total = (distance + spread - 1 - logVariance).sum(); // want PRC1002
        return 0.5 * total / mean.shape[0];
    }
}
