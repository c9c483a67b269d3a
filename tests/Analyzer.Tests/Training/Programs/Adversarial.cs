using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Training.Adversarial;

[MixedPrecision(Dtype.Float16)]
public sealed partial class Generator : Module<Tensor, Tensor>
{
    private readonly Linear first = Linear(64, 256);
    private readonly Linear second = Linear(256, 512);
    private readonly Linear third = Linear(512, 784);

    public Generator()
        : base(nameof(Generator))
        => RegisterComponents();

    private Tensor ForwardCore(Tensor noise)
    {
        var x = functional.leaky_relu(first.call(noise), 0.2);
        x = functional.leaky_relu(second.call(x), 0.2);
        return third.call(x).tanh();
    }
}

[MixedPrecision(Dtype.Float16)]
public sealed partial class Discriminator : Module<Tensor, Tensor>
{
    private readonly Linear first = Linear(784, 512);
    private readonly Linear second = Linear(512, 256);
    private readonly Linear third = Linear(256, 1);

    public Discriminator()
        : base(nameof(Discriminator))
        => RegisterComponents();

    private Tensor ForwardCore(Tensor image)
    {
        var x = functional.leaky_relu(first.call(image), 0.2);
        x = functional.leaky_relu(second.call(x), 0.2);
        return third.call(x);
    }
}

/// <summary>Plain float32, to see what the images look like to it: no scaler, and none is needed.</summary>
public sealed class Probe : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(784, 10);

    public Probe()
        : base(nameof(Probe))
        => RegisterComponents();

    public override Tensor forward(Tensor x) => layer.call(x);
}

public sealed record GanSettings
{
    public int Epochs { get; init; } = 50;

    public int NoiseSize { get; init; } = 64;

    public int CriticSteps { get; init; } = 2;

    public double PenaltyWeight { get; init; } = 10;

    public double MaxNorm { get; init; } = 1;

    public bool UsesPenalty { get; init; } = true;

    public bool UsesScaling { get; init; } = true;

    public string Folder { get; init; } = "gan";
}

public sealed class GanTrainer : IDisposable
{
    private readonly Generator generator = new();
    private readonly Discriminator discriminator = new();
    private readonly Device device;
    private readonly GanSettings settings;
    private readonly optim.Optimizer generatorOptimizer;
    private readonly optim.Optimizer discriminatorOptimizer;
    private readonly GradScaler scaler;
    private readonly Queue<double> recent = new();

    public GanTrainer(GanSettings settings, Device device)
    {
        this.settings = settings;
        this.device = device;
        generator.to(device);
        discriminator.to(device);
        generatorOptimizer = optim.Adam(generator.parameters(), 2e-4, 0.5, 0.999);
        discriminatorOptimizer = optim.Adam(discriminator.parameters(), 2e-4, 0.5, 0.999);
        scaler = new GradScaler(enabled: settings.UsesScaling);
    }

    public int Train(IReadOnlyList<Tensor> images)
    {
        Directory.CreateDirectory(settings.Folder);
        var iterations = 0;
        for (var epoch = 0; epoch < settings.Epochs; epoch++)
        {
            generator.train();
            discriminator.train();
            foreach (var batch in images)
            {
                using var scope = NewDisposeScope();
                var real = batch.to(device);
                Tensor discriminatorLoss = zeros(1);
                for (var critic = 0; critic < settings.CriticSteps; critic++)
                {
                    discriminatorLoss = TrainDiscriminator(real);
                }

                var generatorLoss = TrainGenerator(real.shape[0]);
                scaler.update();
                iterations++;
                if (iterations % 100 == 0)
                {
                    Note(generatorLoss.item<float>(), discriminatorLoss.item<float>());
                }
            }

            if (HasCollapsed())
            {
                break;
            }

            Save(epoch);
        }

        return iterations;
    }

    private Tensor TrainDiscriminator(Tensor real)
    {
        discriminatorOptimizer.zero_grad();
        Tensor fake;
        using (no_grad())
        {
            fake = generator.call(Noise(real.shape[0]));
        }

        var loss = functional.softplus(discriminator.call(fake)).mean() + functional.softplus(-discriminator.call(real)).mean();
        if (settings.UsesPenalty)
        {
            loss = loss + settings.PenaltyWeight * Penalty(real, fake);
        }

        scaler.scale(loss).backward();
        scaler.unscale_(discriminatorOptimizer);
        nn.utils.clip_grad_norm_(discriminator.parameters(), settings.MaxNorm);
        scaler.step(discriminatorOptimizer);
        scaler.update();
        return loss.detach();
    }

    private Tensor TrainGenerator(long count)
    {
        generatorOptimizer.zero_grad();
        var loss = functional.softplus(-discriminator.call(generator.call(Noise(count)))).mean();
        scaler.scale(loss).backward();
        scaler.unscale_(generatorOptimizer);
        nn.utils.clip_grad_norm_(generator.parameters(), settings.MaxNorm);
        scaler.step(generatorOptimizer);
        return loss.detach();
    }

    /// <summary>How far the norm of the discriminator's gradient is from 1 between real and made images.</summary>
    private Tensor Penalty(Tensor real, Tensor fake)
    {
        var share = rand(real.shape[0], 1, device: device);
        var between = (share * real + (1 - share) * fake).detach().requires_grad_();
        var judged = discriminator.call(between).sum();
        var gradients = autograd.grad([scaler.scale(judged)], [between], create_graph: true);
        var gradient = gradients[0] / scaler.get_scale();
        return (gradient.norm(1) - 1).square().mean();
    }

    private Tensor Noise(long count) => randn(count, settings.NoiseSize, device: device);

    private void Note(double generatorLoss, double discriminatorLoss)
    {
        Console.WriteLine($"generator {generatorLoss:F3}, discriminator {discriminatorLoss:F3}, scale {scaler.get_scale()}");
        recent.Enqueue(discriminatorLoss);
        if (recent.Count > 20)
        {
            recent.Dequeue();
        }
    }

    private bool HasCollapsed() => recent.Count == 20 && recent.All(loss => loss < 1e-3);

    private void Save(int epoch)
    {
        generator.save(Path.Combine(settings.Folder, $"generator-{epoch}.dat"));
        discriminator.save(Path.Combine(settings.Folder, $"discriminator-{epoch}.dat"));
    }

    /// <summary>A probe of the generator, in float32: PyTorch's plain loop.</summary>
    public double ProbeAccuracy(IReadOnlyList<(Tensor image, Tensor label)> labelled)
    {
        var probe = new Probe();
        probe.to(device);
        using var optimizer = optim.SGD(probe.parameters(), 0.1, momentum: 0.9);
        var schedule = optim.lr_scheduler.StepLR(optimizer, 10);
        for (var epoch = 0; epoch < 5; epoch++)
        {
            foreach (var (image, label) in labelled)
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                var loss = functional.cross_entropy(probe.call(image.to(device)), label.to(device));
                loss.backward();
                nn.utils.clip_grad_norm_(probe.parameters(), settings.MaxNorm);
                optimizer.step();
            }

            schedule.step();
        }

        using var _ = no_grad();
        var right = labelled.Sum(pair => probe.call(pair.image.to(device)).argmax(1).eq(pair.label.to(device)).sum().item<long>());
        return (double)right / labelled.Sum(pair => pair.label.shape[0]);
    }

    public void Dispose()
    {
        scaler.Dispose();
        generatorOptimizer.Dispose();
        discriminatorOptimizer.Dispose();
        generator.Dispose();
        discriminator.Dispose();
    }
}
