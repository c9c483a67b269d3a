/// <summary>A variational autoencoder of images of 28 by 28.</summary>
public sealed class Vae : Module<Tensor, (Tensor Reconstruction, Tensor Mean, Tensor LogVariance)>
{
    private readonly Linear encoder = Linear(784, 400);
    private readonly Linear mean = Linear(400, 20);
    private readonly Linear logVariance = Linear(400, 20);
    private readonly Linear decoder1 = Linear(20, 400);
    private readonly Linear decoder2 = Linear(400, 784);

    public Vae() : base(nameof(Vae)) => RegisterComponents();

    public override (Tensor Reconstruction, Tensor Mean, Tensor LogVariance) forward(Tensor images)
    {
        var hidden = functional.relu(encoder.call(images.view(-1, 784)));
        var mu = mean.call(hidden);
        var logvar = logVariance.call(hidden);
        var z = Sample(mu, logvar);
        return (Decode(z), mu, logvar);
    }

    private static Tensor Sample(Tensor mu, Tensor logvar)
    {
        var std = exp(0.5 * logvar);
        return mu + randn_like(std) * std;
    }

    private Tensor Decode(Tensor z) => decoder2.call(functional.relu(decoder1.call(z)));
}

public static class VaeTraining
{
    public static Tensor Loss(Vae model, Tensor images)
    {
        var (reconstruction, mean, logVariance) = model.call(images);
        var entropy = functional.binary_cross_entropy_with_logits(reconstruction, images.view(-1, 784), reduction: Reduction.Sum);
        var divergence = -0.5 * (1 + logVariance - mean.pow(2) - logVariance.exp()).sum();
        return entropy + divergence;
    }
}
