/// <summary>Makes images from noise.</summary>
public sealed class Generator : Module<Tensor, Tensor>
{
    private readonly Sequential layers = Sequential(
        ConvTranspose2d(100, 256, 4, bias: false),
        BatchNorm2d(256),
        ReLU(inplace: true),
        ConvTranspose2d(256, 128, 4, stride: 2, padding: 1, bias: false),
        BatchNorm2d(128),
        ReLU(inplace: true),
        ConvTranspose2d(128, 3, 4, stride: 2, padding: 1, bias: false),
        Tanh());

    public Generator() : base(nameof(Generator)) => RegisterComponents();

    public override Tensor forward(Tensor noise) => layers.call(noise);
}

/// <summary>Tells real images from made ones: a logit for each image.</summary>
public sealed class Discriminator : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 64, 4, stride: 2, padding: 1);
    private readonly Conv2d conv2 = Conv2d(64, 128, 4, stride: 2, padding: 1);
    private readonly BatchNorm2d norm = BatchNorm2d(128);
    private readonly Linear head = Linear(128 * 4 * 4 + 1, 1);

    public Discriminator() : base(nameof(Discriminator)) => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var x = functional.leaky_relu(conv1.call(images), 0.2);
        x = functional.leaky_relu(norm.call(conv2.call(x)), 0.2);

        // How much the images of a batch differ tells made ones, which resemble each other.
        var spread = x.std(0, keepdim: true).mean().expand(x.shape[0], 1);
        return head.call(cat([x.flatten(1), spread], 1)).squeeze(1);
    }
}

public static class GanTraining
{
    public static void Step(Generator generator, Discriminator discriminator, optim.Optimizer ofGenerator, optim.Optimizer ofDiscriminator, Tensor real)
    {
        using var scope = NewDisposeScope();
        var noise = randn(real.shape[0], 100, 1, 1, device: real.device);
        var made = generator.call(noise);

        ofDiscriminator.zero_grad();
        var judged = discriminator.call(real);
        var loss = functional.binary_cross_entropy_with_logits(judged, ones_like(judged));
        judged = discriminator.call(made.detach());
        loss = loss + functional.binary_cross_entropy_with_logits(judged, zeros_like(judged));
        loss.backward();
        ofDiscriminator.step();

        ofGenerator.zero_grad();
        judged = discriminator.call(made);
        functional.binary_cross_entropy_with_logits(judged, ones_like(judged)).backward();
        ofGenerator.step();
    }
}
