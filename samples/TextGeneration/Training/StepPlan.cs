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
    private const int UnmeasuredSteps = 2;
    private const int MeasuredSteps = 20;

    private static readonly TimeSpan LongestMeasurement = TimeSpan.FromSeconds(4);

    /// <summary>Measures on a model of its own, so that the run itself is the one that its number of steps alone would give.</summary>
    public static StepPlan Within(TimeSpan budget, RunSettings run, TextCorpus corpus, Device device)
    {
        var all = Stopwatch.StartNew();
        using var trainer = new Trainer(run, corpus, device);
        for (var i = 0; i < UnmeasuredSteps; i++)
        {
            trainer.TakeStep();
        }

        Synchronize(device);
        var clock = Stopwatch.StartNew();
        var measured = 0;
        while (measured < MeasuredSteps && clock.Elapsed < LongestMeasurement)
        {
            trainer.TakeStep();
            measured++;
        }

        Synchronize(device);
        var step = clock.Elapsed / measured;
        clock.Restart();
        trainer.ValidationLoss();
        var left = budget - all.Elapsed - (clock.Elapsed * (Trainer.Validations + 1));
        return new StepPlan(Math.Max(FewestSteps, (int)(left / step)), step);
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
