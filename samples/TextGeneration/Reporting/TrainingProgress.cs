namespace TextGeneration.Reporting;

/// <summary>Where a training stands.</summary>
/// <param name="Loss">Mean training loss since the last report, nats per character.</param>
internal readonly record struct TrainingProgress(int Step, int Steps, double Loss, double TokensPerSecond, TimeSpan TimeLeft);
