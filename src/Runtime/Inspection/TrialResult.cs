namespace Precision.Inspection;

/// <summary>A point of a training's curve.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Loss">Mean training loss since the point before.</param>
/// <param name="LossScale">The factor of the losses; 1 where nothing is scaled.</param>
/// <param name="SkippedSteps">Since the training began.</param>
public sealed record TrainingPoint(int Step, double Loss, double LossScale, long SkippedSteps);

/// <summary>A point of a validation's curve.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Loss">On the held-out data.</param>
public sealed record ValidationPoint(int Step, double Loss);

/// <summary>What one training of a comparison did.</summary>
public sealed record TrialResult
{
    /// <summary>Its seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Steps taken, skipped ones included.</summary>
    public required int Steps { get; init; }

    /// <summary>The training loss, some fifty points.</summary>
    public required IReadOnlyList<TrainingPoint> Training { get; init; }

    /// <summary>The validation loss before the training, and at about a dozen steps that are the same in every training.</summary>
    public required IReadOnlyList<ValidationPoint> Validation { get; init; }

    /// <summary>Median over the points of the curve, without the first, in which memory is still being allocated; NaN without any.</summary>
    public required double MillisecondsPerStep { get; init; }

    /// <summary>How much memory the training took at most, beyond what was in use before it; null where that cannot be measured.</summary>
    public required long? PeakMemoryBytes { get; init; }

    /// <summary>Why it ended before its time; null where it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>Steps that were skipped because a gradient was not finite.</summary>
    public long SkippedSteps => Training is [.., var last] ? last.SkippedSteps : 0;
}
