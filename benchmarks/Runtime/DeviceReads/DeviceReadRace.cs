using System.Diagnostics;
using System.Globalization;
using Precision.Optim;
using TextGeneration.Data;
using TextGeneration.Model;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Precision.Benchmarks.DeviceReads;

/// <summary>What reading the loss costs a training on a GPU: in each step, in every hundredth, or after the last one.</summary>
internal static class DeviceReadRace
{
    private const int Batch = 16;
    private const int Warmup = 100;
    private const int Steps = 400;
    private const int Rounds = 5;

    private static readonly (string Name, int Interval)[] Contestants = [("in no step", 0), ("in every 100th", 100), ("in each step", 1)];

    /// <summary>Two models: of the small one the host is slower than the GPU, of the large one it is faster.</summary>
    private static readonly (string Name, int Layers, int Width, int Heads)[] Sizes = [("small", 4, 192, 6), ("large", 12, 768, 12)];

    /// <summary>Runs the race and prints its table.</summary>
    /// <param name="device">Where; on a CPU there is nothing to wait for.</param>
    public static int Run(Device device)
    {
        Console.WriteLine($"{Rounds} rounds of {Steps} steps of {Batch} sequences on {device}, BFloat16, FusedAdamW: ms a step, median (fastest to slowest)");
        Console.WriteLine();
        Console.WriteLine($"| the loss is read | {string.Join(" | ", Sizes.Select(static size => size.Name))} |");
        Console.WriteLine($"|---|{string.Concat(Sizes.Select(static _ => "---|"))}");
        var corpus = TextCorpus.Load(TextCorpus.DefaultPath);
        var columns = Sizes.Select(size => Measure(new GptShape(size.Layers, size.Width, size.Heads, 128, corpus.Vocabulary.Size), corpus, device)).ToList();
        for (var i = 0; i < Contestants.Length; i++)
        {
            Console.WriteLine($"| {Contestants[i].Name} | {string.Join(" | ", columns.Select(column => Text(column[i])))} |");
        }

        return 0;
    }

    private static List<double>[] Measure(GptShape shape, TextCorpus corpus, Device device)
    {
        manual_seed(1);
        using var model = new Gpt(shape) { PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16) };
        model.to(device);
        using var training = MixedPrecisionTraining.Create(model, static named => new FusedAdamW(named, 1e-3));
        var (inputs, targets) = Batches.Random(corpus.Training, Batch, shape.Context, seed: 1, step: 0, device);
        Train(Warmup, 1);
        var times = Contestants.Select(static _ => new List<double>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < Contestants.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                Train(Steps, Contestants[i].Interval);
                times[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / Steps);
            }
        }

        return times;

        // The clock stops when the GPU is done.
        void Train(int steps, int interval)
        {
            for (var step = 1; step <= steps; step++)
            {
                using var scope = NewDisposeScope();
                var loss = cross_entropy(model.call(inputs).flatten(0, 1), targets.flatten());
                training.Backward(loss);
                training.Step();
                if (interval > 0 && step % interval == 0)
                {
                    _ = loss.item<float>();
                }
            }

            _ = training.SkippedSteps;
        }
    }

    private static string Text(List<double> times)
    {
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{times[times.Count / 2]:F2} ({times[0]:F2} to {times[^1]:F2})");
    }
}
