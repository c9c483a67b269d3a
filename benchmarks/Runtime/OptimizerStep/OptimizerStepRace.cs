using System.Diagnostics;
using Precision.Optim;
using static TorchSharp.torch;

namespace Precision.Benchmarks.OptimizerStep;

/// <summary>
/// How long a step of AdamW takes on GPT-2 small's parameters, and whether all ways to do it give the same weights.
/// </summary>
/// <remarks>
/// Not BenchmarkDotNet: that runs its cases one after the other, each in a process of its own, while the gate is a ratio. Here
/// all contestants take turns within each step, on the same fresh gradients, so that what else the machine does meets all of
/// them, and the weights can be compared at the end.
/// </remarks>
internal static class OptimizerStepRace
{
    private const int Warmup = 2;
    private const int Steps = 20;
    private const double LearningRate = 3e-4;
    private const double WeightDecay = 0.1;

    /// <summary>What a float32 step must move for an element: gradient, weight and two states read, the last three written.</summary>
    private const int StepBytes = 7 * sizeof(float);

    /// <summary>Runs the race and prints its table.</summary>
    /// <returns>0; 1 when the weights differ.</returns>
    public static int Run()
    {
        manual_seed(0);
        using var scope = NewDisposeScope();
        var initial = GptShapes.All.Select(static shape => randn(shape).mul_(0.02)).ToArray();
        var gradients = GptShapes.All.Select(static shape => empty(shape)).ToArray();
        Contestant[] contestants =
        [
            new OptimizerContestant(
                "TorchSharp AdamW", initial, static p => optim.AdamW(p, LearningRate, weight_decay: WeightDecay)),
            new OptimizerContestant(
                "FusedAdamW", initial, static p => new FusedAdamW(p, LearningRate, weight_decay: WeightDecay)),
            new MasterWeightsContestant("FusedAdamW, BFloat16 + masters", initial, LearningRate, WeightDecay),
        ];
        var times = contestants.Select(static _ => new List<double>()).ToArray();
        for (var step = 0; step < Warmup + Steps; step++)
        {
            using var stepScope = NewDisposeScope();

            // Numbers that BFloat16 has too: all contestants get the same gradients.
            Array.ForEach(gradients, static gradient => gradient.copy_(gradient.normal_(0, 1e-3).to(bfloat16)));
            for (var i = 0; i < contestants.Length; i++)
            {
                contestants[i].SetGradients(gradients);
                var start = Stopwatch.GetTimestamp();
                contestants[i].Step();
                if (step >= Warmup)
                {
                    times[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                }
            }
        }

        Console.WriteLine(
            $"AdamW step, {initial.Length} parameters, {initial.Sum(static p => p.numel()) / 1e6:F1} million elements, CPU, "
            + $"{get_num_threads()} threads, {Steps} steps of fresh gradients, weight decay {WeightDecay}");
        Console.WriteLine($"{"",-34}{"median ms",10}{"fastest",10}{"slowest",10}{"times faster",14}{"differs by",12}");
        var equal = true;
        for (var i = 0; i < contestants.Length; i++)
        {
            var ratio = Median(times[0].Zip(times[i], static (first, own) => first / own));
            var difference = Difference(contestants[0], contestants[i]);
            equal &= difference <= contestants[i].Tolerance;
            Console.WriteLine(
                $"{contestants[i].Name,-34}{Median(times[i]),10:F1}{times[i].Min(),10:F1}{times[i].Max(),10:F1}{ratio,14:F1}{difference,12:E1}"
                + (difference <= contestants[i].Tolerance ? "" : $"  MORE THAN {contestants[i].Tolerance:E0}"));
        }

        var elements = initial.Sum(static p => p.numel());
        Console.WriteLine(
            $"Speed of memory: FusedAdamW moved {Rate(StepBytes * elements, Median(times[1])):F0} GB/s ({StepBytes} bytes an element), "
            + $"a multiplication in place {Rate(2 * sizeof(float) * elements, MultiplicationTime(elements)):F0} GB/s.");
        Array.ForEach(contestants, static contestant => contestant.Dispose());
        return equal ? 0 : 1;

        static double Rate(long bytes, double milliseconds) => bytes / milliseconds / 1e6;
    }

    /// <summary>The median time in ms of reading and writing as many numbers once, which is nothing but memory.</summary>
    private static double MultiplicationTime(long elements)
    {
        using var numbers = zeros(elements);
        using TorchSharp.Scalar factor = 1f;
        return Median(Enumerable.Range(0, Warmup + Steps).Select(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            numbers.mul_(factor);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }).Skip(Warmup));
    }

    /// <summary>The largest relative difference on elements above 1e-3.</summary>
    private static double Difference(Contestant reference, Contestant contestant)
        => reference.Weights.Zip(contestant.Weights).Max(static pair =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var expected = pair.First.to(float64);
            var relative = (pair.Second.to(float64) - expected).abs() / expected.abs();
            return where(expected.abs() > 1e-3, relative, zeros_like(relative)).max().item<double>();
        });

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
