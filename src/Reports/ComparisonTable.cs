using System.Globalization;
using Precision.Inspection;

namespace Precision.Reports;

/// <summary>The table of a comparison as text, the same for the console and the page.</summary>
internal static class ComparisonTable
{
    private const string NotMeasured = "–";

    /// <summary>The headings.</summary>
    public static IReadOnlyList<string> Columns(ComparisonResult result) =>
    [
        "mode", "validation loss", "of float32's", "ms per step", $"{result.SampleUnit}/s", "times float32", "memory", "skipped", "loss scale",
        "native here", "remarks",
    ];

    /// <summary>A row for each mode, a cell for each heading.</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows(ComparisonResult result) => result.Modes.Select(mode => (IReadOnlyList<string>)
    [
        mode.Name,
        Loss(mode),
        Number(mode.ValidationLoss / mode.Float32ValidationLoss, "F4"),
        Number(mode.MillisecondsPerStep, "G4"),
        Number(mode.SamplesPerSecond, "N0"),
        Number(mode.Speedup, "G3"),
        mode.PeakMemoryBytes is { } bytes ? $"{Number(bytes / (1024.0 * 1024), "N0")} MiB" : NotMeasured,
        string.Create(CultureInfo.InvariantCulture, $"{mode.SkippedSteps} of {mode.Steps}"),
        mode.LossScale == 1 ? NotMeasured : Number(mode.LossScale, "N0"),
        mode.Native.IsNative ? "yes" : "no",
        Remarks(mode),
    ]);

    private static string Loss(ModeResult mode)
        => Number(mode.ValidationLoss, "G5") + (mode.IsReduced ? string.Create(CultureInfo.InvariantCulture, $" (step {mode.ComparedAt})") : "");

    private static string Remarks(ModeResult mode)
    {
        if (mode.Failure is { } failure)
        {
            return $"does not train: {failure}";
        }

        if (!mode.IsReduced)
        {
            return "";
        }

        return mode.Policy.Compute is Dtype.Float32
            ? "reduced: ended by the time limit"
            : string.Create(CultureInfo.InvariantCulture, $"reduced: too slow for the time limit, compared with float32 after {mode.ComparedAt} steps");
    }

    private static string Number(double value, string format)
        => double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? "infinite" : value.ToString(format, CultureInfo.InvariantCulture);
}
