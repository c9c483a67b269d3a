namespace Precision.Inspection;

/// <summary>Where a comparison stands.</summary>
/// <param name="Mode">Name of the mode that is being trained.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Trial">Which training this is, from 0.</param>
/// <param name="Trials">How many there are.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="Steps">Steps of a whole training.</param>
/// <param name="TrainingLoss">Mean since the last report; NaN before the first step.</param>
/// <param name="ValidationLoss">The last one.</param>
/// <param name="SkippedSteps">So far.</param>
/// <param name="SamplesPerSecond">Of the last steps; 0 before the first.</param>
/// <param name="Outcome">How the training ended, where this is its last report; else null.</param>
public sealed record ComparisonProgress(
    string Mode,
    int Seed,
    int Trial,
    int Trials,
    int Step,
    int Steps,
    double TrainingLoss,
    double ValidationLoss,
    long SkippedSteps,
    double SamplesPerSecond,
    string? Outcome);
