using Precision.Inspection;

namespace Precision.Reports.Tests;

/// <summary>Results as comparisons give them, without training anything.</summary>
internal static class Results
{
    /// <summary>Three modes, two seeds: BFloat16 learns, Float16 is too slow to finish.</summary>
    public static ComparisonResult Usual { get; } = Of(
        Mode("Float32", PrecisionPolicy.Float32, [Trial(1, 100, 1), Trial(2, 100, 1)]),
        Mode("BFloat16", new(Dtype.BFloat16), [Trial(1, 100, 1), Trial(2, 100, 1)], memory: 100 << 20),
        Mode("Float16", new(Dtype.Float16), [Trial(1, 20, 65536), Trial(2, 20, 65536)], isReduced: true));

    /// <summary>A mode that ended at once, with a loss that is no number.</summary>
    public static ComparisonResult Diverged { get; } = Of(
        Mode("Float32", PrecisionPolicy.Float32, [Trial(1, 100, 1)]),
        Mode("Float16", new(Dtype.Float16), [Trial(1, 0, 65536) with { Validation = [new(0, double.NaN)], Training = [new(1, double.PositiveInfinity, 1, 1)], Failure = "everything <overflowed>" }]));

    private static ComparisonResult Of(params IReadOnlyList<ModeResult> modes) => new()
    {
        Task = "a <task> & \"more\"",
        Device = "cpu",
        Hardware = Hardware.Of(TorchSharp.torch.CPU),
        Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Steps = 100,
        SamplesPerStep = 64,
        SampleUnit = "tokens",
        Seeds = [.. modes[0].Trials.Select(trial => trial.Seed)],
        Modes = modes,
        Recommendation = new(Dtype.BFloat16, "BFloat16", true, "Train in BFloat16.", ["Because of <this>.", "And that."]),
    };

    private static TrialResult Trial(int seed, int steps, double scale) => new()
    {
        Seed = seed,
        Steps = steps,
        Training = [.. Enumerable.Range(1, steps).Select(step => new TrainingPoint(step, (4.0 / step) + (seed / 10.0), scale, step / 50))],
        Validation = [.. Enumerable.Range(0, (steps / 10) + 1).Select(i => new ValidationPoint(i * 10, (4.0 / (i + 1)) + (seed / 10.0)))],
        MillisecondsPerStep = 12.5,
        PeakMemoryBytes = null,
    };

    private static ModeResult Mode(
        string name, PrecisionPolicy policy, IReadOnlyList<TrialResult> trials, long? memory = null, bool isReduced = false) => new()
    {
        Name = name,
        Policy = policy,
        Native = new(policy.Compute is not Dtype.Float16, "so it is"),
        Trials = trials,
        ComparedAt = trials[0].Steps,
        ValidationLoss = trials.Average(trial => trial.Validation[^1].Loss),
        Float32ValidationLoss = 1.5,
        SeedDeviation = 0.1,
        MillisecondsPerStep = 12.5,
        SamplesPerSecond = 5120,
        Speedup = 1,
        PeakMemoryBytes = memory,
        IsReduced = isReduced,
    };
}
