using System.Globalization;

namespace TextGeneration.Reporting;

/// <summary>The words of the progress displays.</summary>
internal static class ProgressText
{
    public static string Of(TrainingProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {progress.Step,5} of {progress.Steps}  loss {progress.Loss:F4}  "
        + $"{progress.TokensPerSecond:N0} tokens/s  {Time(progress.TimeLeft)} left");

    public static string Validated(int step, double loss)
        => string.Create(CultureInfo.InvariantCulture, $"step {step,5}  validation loss {loss:F4}");

    public static string Time(TimeSpan time)
        => time.ToString(time.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
}
