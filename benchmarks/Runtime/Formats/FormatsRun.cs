using System.Diagnostics;
using System.Globalization;
using Precision.Optim;
using TextGeneration.Data;
using TextGeneration.Model;
using TextGeneration.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Precision.Benchmarks.Formats;

/// <summary>
/// Whether 16-bit training learns what float32 training learns: the sample's small GPT on the sample's book, the same seed and
/// data, in every format and both ways to store parameters. Gate: validation loss within 2 % of float32's.
/// </summary>
internal static class FormatsRun
{
    private const int Batch = 16;
    private const double LearningRate = 1e-3;
    private const double MaxGradientNorm = 1;
    private const double Tolerance = 0.02;

    private static readonly (string Name, PrecisionPolicy Policy)[] Modes =
    [
        ("Float32", PrecisionPolicy.Float32),
        ("BFloat16, float32 parameters", new(Dtype.BFloat16)),
        ("BFloat16, 16-bit parameters and masters", new(Dtype.BFloat16, Dtype.BFloat16)),
        ("BFloat16, true 16-bit and masters", new(Dtype.BFloat16, Dtype.BFloat16, Autocast: false)),
        ("Float16, float32 parameters", new(Dtype.Float16)),
        ("Float16, 16-bit parameters and masters", new(Dtype.Float16, Dtype.Float16)),
        ("Float16, true 16-bit and masters", new(Dtype.Float16, Dtype.Float16, Autocast: false)),
    ];

    /// <summary>Trains all modes and prints the table.</summary>
    /// <param name="steps">Optimizer steps of each.</param>
    /// <param name="device">Where; Float16 is some fifty times slower than float32 on a CPU without Float16 arithmetic.</param>
    /// <returns>0; 1 when a mode's loss is off by more than the tolerance.</returns>
    public static int Run(int steps, Device device)
    {
        var corpus = TextCorpus.Load(TextCorpus.DefaultPath);
        Console.WriteLine($"{steps} steps of {Batch} sequences on {device}, AdamW, learning rate {LearningRate}, clipping at {MaxGradientNorm}");
        Console.WriteLine();
        Console.WriteLine("| mode | validation loss | of float32's | skipped steps | loss scale at the end | ms per step |");
        Console.WriteLine("|---|---|---|---|---|---|");
        double? reference = null;
        var status = 0;
        foreach (var (name, policy) in Modes)
        {
            var outcome = Train(policy, corpus, steps, device);
            reference ??= outcome.Loss;
            var ratio = outcome.Loss / reference.Value;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {outcome.Loss:F4} | {ratio:F4} | {outcome.Skipped} | {outcome.Scale:N0} | {outcome.Milliseconds:F1} |"));
            if (!(Math.Abs(ratio - 1) <= Tolerance))
            {
                Console.Error.WriteLine($"{name}: the validation loss is not within {Tolerance:P0} of float32's.");
                status = 1;
            }
        }

        return status;
    }

    private static (double Loss, long Skipped, double Scale, double Milliseconds) Train(PrecisionPolicy policy, TextCorpus corpus, int steps, Device device)
    {
        manual_seed(1);
        var shape = new GptShape(Layers: 4, Width: 192, Heads: 6, Context: 128, corpus.Vocabulary.Size);
        using var model = new Gpt(shape) { PrecisionPolicy = policy };
        model.to(device);
        using var training = MixedPrecisionTraining.Create(model, named => new FusedAdamW(named, LearningRate, beta2: 0.99, weight_decay: 0.1));
        var schedule = new LearningRateSchedule(LearningRate, steps / 10, steps);
        var clock = Stopwatch.StartNew();
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            foreach (var group in training.Optimizer.ParamGroups)
            {
                group.LearningRate = schedule.At(step);
            }

            var (inputs, targets) = Batches.Random(corpus.Training, Batch, shape.Context, seed: 1, step, device);
            training.Backward(cross_entropy(model.call(inputs).flatten(0, 1), targets.flatten()));
            training.Step(MaxGradientNorm);
        }

        var (skipped, scale) = (training.SkippedSteps, training.Scaler.get_scale());
        var milliseconds = clock.Elapsed.TotalMilliseconds / steps;
        return (Validation.Loss(model, corpus, Batch, device, Ranks.Alone), skipped, scale, milliseconds);
    }
}
