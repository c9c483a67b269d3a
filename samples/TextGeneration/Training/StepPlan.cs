using System.Diagnostics;
using static TorchSharp.torch;
using TextGeneration.Data;

namespace TextGeneration.Training;

/// <summary>How many steps fit into a time, from the rate measured on this machine.</summary>
/// <param name="Steps">Steps that fit, with the validations between them.</param>
/// <param name="StepTime">Of one step.</param>
internal sealed record StepPlan(int Steps, TimeSpan StepTime)
{
    private const int FewestSteps = 20;
    private const int MeasuredSteps = 20;

    private static readonly TimeSpan LongestMeasurement = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Measures on a model of its own, so that the run itself is the one that its number of steps alone would give. The first rank decides
    /// for all.
    /// </summary>
    public static StepPlan Within(TimeSpan budget, RunSettings run, TextCorpus corpus, Device device, Ranks ranks)
    {
        var all = Stopwatch.StartNew();
        using var trainer = new Trainer(run, corpus, device, ranks);
        TimeOf(1);  // what only the first step needs is made in it
        var estimate = TimeOf(1);
        var step = TimeOf(ranks.OfFirst((int)Math.Clamp(LongestMeasurement / estimate, 1, MeasuredSteps)));
        var clock = Stopwatch.StartNew();
        trainer.ValidationLoss();
        var left = budget - all.Elapsed - (clock.Elapsed * (Trainer.Validations + 1));
        return new StepPlan(ranks.OfFirst(Math.Max(FewestSteps, (int)(left / step))), step);

        TimeSpan TimeOf(int steps)
        {
            Synchronize(device);
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < steps; i++)
            {
                trainer.TakeStep();
            }

            Synchronize(device);
            return clock.Elapsed / steps;
        }
    }

    /// <summary>A GPU works on after the call returns.</summary>
    private static void Synchronize(Device device)
    {
        if (device.type is TorchSharp.DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
