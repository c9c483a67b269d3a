namespace Precision.Inspection;

/// <summary>What a comparison found of one mode. Numbers are means over the seeds, times and memory medians.</summary>
public sealed record ModeResult
{
    /// <summary>For example "BFloat16, 16-bit parameters".</summary>
    public required string Name { get; init; }

    /// <summary>What was computed in, and how parameters were stored.</summary>
    public required PrecisionPolicy Policy { get; init; }

    /// <summary>Whether the hardware computes the format natively.</summary>
    public required NativeSupport Native { get; init; }

    /// <summary>One for each seed.</summary>
    public required IReadOnlyList<TrialResult> Trials { get; init; }

    /// <summary>The step after which this mode and float32 are compared: the last one that all their trainings were validated at.</summary>
    public required int ComparedAt { get; init; }

    /// <summary>Validation loss after <see cref="ComparedAt"/> steps.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>Float32's, after as many steps.</summary>
    public required double Float32ValidationLoss { get; init; }

    /// <summary>Standard deviation of float32's over the seeds; 0 with one seed.</summary>
    public required double SeedDeviation { get; init; }

    /// <summary>Time of a step.</summary>
    public required double MillisecondsPerStep { get; init; }

    /// <summary>Speed in the settings' unit of samples.</summary>
    public required double SamplesPerSecond { get; init; }

    /// <summary>How many times as fast as float32.</summary>
    public required double Speedup { get; init; }

    /// <summary>The most memory that a training took; null where that cannot be measured.</summary>
    public required long? PeakMemoryBytes { get; init; }

    /// <summary>Whether a training was ended by the time limit before its last step.</summary>
    public required bool IsReduced { get; init; }

    /// <summary>Skipped steps of all trainings.</summary>
    public long SkippedSteps => Trials.Sum(static trial => trial.SkippedSteps);

    /// <summary>Steps of all trainings, skipped ones included.</summary>
    public long Steps => Trials.Sum(static trial => (long)trial.Steps);

    /// <summary>The loss scale at the end of the last training; 1 where nothing is scaled.</summary>
    public double LossScale => Trials[^1].Training is [.., var last] ? last.LossScale : 1;

    /// <summary>Why a training ended early, the first if there are several; null if none did.</summary>
    public string? Failure => Trials.FirstOrDefault(static trial => trial.Failure is not null)?.Failure;

    /// <summary>The name of a policy in tables and plots.</summary>
    internal static string NameOf(PrecisionPolicy policy) => policy switch
    {
        { Parameters: Dtype.Float32 } => policy.Compute.ToString(),
        { Autocast: false } => $"{policy.Compute}, true 16-bit",
        _ => $"{policy.Compute}, 16-bit parameters",
    };

    /// <summary>Puts a mode's trainings beside float32's.</summary>
    internal static ModeResult Of(
        PrecisionPolicy policy, IReadOnlyList<TrialResult> trials, IReadOnlyList<TrialResult> float32, ComparisonSettings settings, Hardware hardware)
    {
        var comparedAt = trials.Concat(float32).Min(static trial => trial.Validation[^1].Step);
        double[] Losses(IReadOnlyList<TrialResult> of)
            => [.. of.Select(trial => trial.Validation.Last(point => point.Step <= comparedAt).Loss)];

        var reference = Losses(float32);
        var milliseconds = Median(trials.Select(static trial => trial.MillisecondsPerStep));
        return new ModeResult
        {
            Name = NameOf(policy),
            Policy = policy,
            Native = hardware.Support(policy.Compute),
            Trials = trials,
            ComparedAt = comparedAt,
            ValidationLoss = Losses(trials).Average(),
            Float32ValidationLoss = reference.Average(),
            SeedDeviation = Deviation(reference),
            MillisecondsPerStep = milliseconds,
            SamplesPerSecond = settings.SamplesPerStep / milliseconds * 1000,
            Speedup = Median(float32.Select(static trial => trial.MillisecondsPerStep)) / milliseconds,
            PeakMemoryBytes = trials.Max(static trial => trial.PeakMemoryBytes),
            IsReduced = trials.Any(trial => trial.Failure is null && trial.Steps < settings.Steps),
        };
    }

    /// <summary>NaN where nothing is left.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Where(static value => !double.IsNaN(value)).Order().ToList();
        return sorted.Count == 0 ? double.NaN : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Of a sample: divided by one less than its size.</summary>
    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
