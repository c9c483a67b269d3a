using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Precision;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Training.Classification;

[MixedPrecision(Dtype.Float16)]
public sealed partial class Network : Module<Tensor, Tensor>
{
    private readonly Conv2d first = Conv2d(1, 16, 3);
    private readonly Conv2d second = Conv2d(16, 32, 3);
    private readonly Linear hidden = Linear(32 * 24 * 24, 128);
    private readonly Linear output = Linear(128, 10);
    private readonly Dropout dropout = Dropout(0.25);

    public Network()
        : base(nameof(Network))
        => RegisterComponents();

    private Tensor ForwardCore(Tensor x)
    {
        x = functional.relu(first.call(x));
        x = functional.relu(second.call(x));
        x = functional.relu(hidden.call(dropout.call(x.flatten(1))));
        return output.call(x);
    }
}

public sealed record Settings(
    int Epochs = 20,
    int MicroBatches = 4,
    double LearningRate = 3e-4,
    double MaxNorm = 1.0,
    int Patience = 3,
    int ReportEvery = 50,
    bool Clips = true,
    string Folder = "run");

public sealed record Validation(double Loss, double Accuracy)
{
    public bool IsBetterThan(Validation? other) => other is null || Loss < other.Loss;
}

public sealed class Trainer : IDisposable
{
    private readonly Network model;
    private readonly Settings settings;
    private readonly Device device;
    private readonly optim.Optimizer optimizer;
    private readonly GradScaler scaler = new(growth_interval: 500);
    private readonly optim.lr_scheduler.LRScheduler schedule;
    private readonly List<Validation> history = [];
    private Validation? best;
    private int withoutImprovement;
    private long steps;

    public Trainer(Network model, Settings settings, Device device)
    {
        this.model = model.to(device);
        this.settings = settings;
        this.device = device;
        optimizer = new FusedAdamW(model.named_parameters(), lr: settings.LearningRate);
        schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.Epochs);
    }

    public IReadOnlyList<Validation> History => history;

    public void Run(IReadOnlyList<(Tensor x, Tensor y)> training, IReadOnlyList<(Tensor x, Tensor y)> held)
    {
        Directory.CreateDirectory(settings.Folder);
        for (var epoch = 0; epoch < settings.Epochs; epoch++)
        {
            var loss = TrainEpoch(training, epoch);
            schedule.step();
            var validation = Evaluate(held);
            history.Add(validation);
            Console.WriteLine($"epoch {epoch + 1}: loss {loss:F4}, held out {validation.Loss:F4}, {validation.Accuracy:P1}");
            if (validation.IsBetterThan(best))
            {
                best = validation;
                withoutImprovement = 0;
                Save(Path.Combine(settings.Folder, "best.dat"));
            }
            else if (++withoutImprovement == settings.Patience)
            {
                Console.WriteLine("no improvement: stop");
                break;
            }
        }
    }

    private double TrainEpoch(IReadOnlyList<(Tensor x, Tensor y)> batches, int epoch)
    {
        model.train();
        var sum = 0.0;
        var counted = 0;
        optimizer.zero_grad();
        for (var i = 0; i < batches.Count; i++)
        {
            using var scope = NewDisposeScope();
            var (x, y) = (batches[i].x.to(device), batches[i].y.to(device));
            if (x.shape[0] < 2)
            {
                continue;
            }

            var logits = model.call(x);
            var loss = functional.cross_entropy(logits, y);
            loss = loss / settings.MicroBatches;
            Accumulate(loss);
            if ((i + 1) % settings.MicroBatches == 0)
            {
                ClipGradients();
                Apply();
                steps++;
                if (steps % settings.ReportEvery == 0)
                {
                    sum += loss.item<float>() * settings.MicroBatches;
                    counted++;
                    Report(epoch, sum / counted);
                }
            }
        }

        if (batches.Count % settings.MicroBatches != 0)
        {
            ClipGradients();
            Apply();
        }

        return counted == 0 ? double.NaN : sum / counted;
    }

    private void Accumulate(Tensor loss) => scaler.scale(loss).backward();

    private void ClipGradients()
    {
        if (settings.Clips)
        {
            scaler.unscale_(optimizer);
            nn.utils.clip_grad_norm_(model.parameters(), settings.MaxNorm);
        }
    }

    private void Apply()
    {
        scaler.step(optimizer);
        scaler.update();
        optimizer.zero_grad();
    }

    private void Report(int epoch, double loss)
    {
        var scale = scaler.get_scale();
        Console.WriteLine($"  epoch {epoch + 1}, step {steps}: loss {loss:F4}, scale {scale}");
        if (scale < 1)
        {
            throw new InvalidOperationException("The loss scale collapsed.");
        }
    }

    private Validation Evaluate(IReadOnlyList<(Tensor x, Tensor y)> batches)
    {
        model.eval();
        using var _ = no_grad();
        var (loss, right, count) = (0.0, 0L, 0L);
        foreach (var (x, y) in batches)
        {
            using var scope = NewDisposeScope();
            var (input, target) = (x.to(device), y.to(device));
            var logits = model.call(input);
            loss += functional.cross_entropy(logits, target).item<float>() * target.shape[0];
            right += logits.argmax(1).eq(target).sum().item<long>();
            count += target.shape[0];
        }

        return new Validation(loss / count, (double)right / count);
    }

    public void Save(string path)
    {
        model.save(path);
        var state = scaler.state_dict();
        File.WriteAllLines(path + ".scaler", state.Select(entry => $"{entry.Key}={entry.Value:R}"));
    }

    public void Load(string path)
    {
        model.load(path);
        scaler.load_state_dict(File.ReadLines(path + ".scaler")
            .Select(line => line.Split('='))
            .ToDictionary(parts => parts[0], parts => double.Parse(parts[1])));
    }

    public void Dispose()
    {
        scaler.Dispose();
        optimizer.Dispose();
        model.Dispose();
    }
}

public static class Teacher
{
    /// <summary>A second stage in another style: the student learns from the teacher, by the loop of the library.</summary>
    public static int Distill(Network teacher, Network student, IReadOnlyList<Tensor> batches, int microBatches, Device device)
    {
        teacher.eval();
        student.to(device);
        using var training = MixedPrecisionTraining.Create(student, named => new FusedAdamW(named, lr: 1e-4));
        var schedule = optim.lr_scheduler.StepLR(training.Optimizer, 100);
        var skipped = 0;
        for (var i = 0; i < batches.Count; i++)
        {
            using var scope = NewDisposeScope();
            var x = batches[i].to(device);
            Tensor target;
            using (no_grad())
            {
                target = teacher.call(x).softmax(-1);
            }

            var logits = student.call(x);
            var loss = functional.kl_div(logits.log_softmax(-1), target, reduction: Reduction.Mean);
            training.Backward(loss / microBatches);
            if ((i + 1) % microBatches != 0)
            {
                continue;
            }

            nn.utils.clip_grad_norm_(student.parameters(), 1.0);
            var step = training.Step();
            if (step.Applied)
            {
                schedule.step();
            }
            else
            {
                skipped++;
            }
        }

        return skipped;
    }
}

public static class Program
{
    public static void Main(string[] arguments)
    {
        var device = cuda.is_available() ? CUDA : CPU;
        var settings = new Settings(Epochs: arguments.Length > 0 ? int.Parse(arguments[0]) : 20);
        random.manual_seed(1);
        var batches = Enumerable.Range(0, 64).Select(_ => (x: rand(32, 1, 28, 28), y: randint(10, [32]))).ToList();
        var model = new Network();
        using var trainer = new Trainer(model, settings, device);
        trainer.Run(batches.Take(56).ToList(), batches.Skip(56).ToList());
        var student = new Network();
        var skipped = Teacher.Distill(model, student, batches.Select(batch => batch.x).ToList(), settings.MicroBatches, device);
        Console.WriteLine($"{trainer.History.Count} epochs, {skipped} steps skipped");
    }
}
