using System.Globalization;
using Precision.Inspection;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Precision.Reports;

/// <summary>Makes a comparison with live progress on a console, and shows what it found.</summary>
public static class ComparisonConsole
{
    /// <summary>
    /// Runs <see cref="PrecisionComparison"/>: on a terminal with one moving bar for each training, elsewhere (a file, a CI log) with a
    /// line at the end of each.
    /// </summary>
    /// <param name="console">Where to show it.</param>
    /// <param name="settings">What is compared.</param>
    /// <param name="factory">Makes one training.</param>
    /// <param name="cancellation">Ends it after the step that is running.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ComparisonResult Run(
        IAnsiConsole console,
        ComparisonSettings settings,
        Func<PrecisionPolicy, int, IComparedTraining> factory,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(console);
        if (!console.Profile.Out.IsTerminal || !console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            return PrecisionComparison.Run(settings, factory, new Lines(console), cancellation);
        }

        return console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context => PrecisionComparison.Run(settings, factory, new Bars(context), cancellation));
    }

    /// <summary>Table, recommendation and its reasons.</summary>
    /// <param name="result">What was found.</param>
    public static IRenderable Report(ComparisonResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var table = new Table { Title = new TableTitle("comparison"), Border = TableBorder.Rounded };
        // On a console a remark is a line of its own below the table, not a narrow column.
        var remarks = ComparisonTable.Columns(result).Count - 1;
        foreach (var column in ComparisonTable.Columns(result).Take(remarks))
        {
            table.AddColumn(new TableColumn(new Text(column)));
        }

        foreach (var row in ComparisonTable.Rows(result))
        {
            table.AddRow(row.Take(remarks).Select(static cell => new Text(cell)));
        }

        return new Rows(
            [
                table,
                .. ComparisonTable.Rows(result).Where(row => row[remarks].Length > 0).Select(row => new Text($"{row[0]}: {row[remarks]}")),
                new Text(""),
                new Text(result.Recommendation.Headline, new Style(decoration: Decoration.Bold)),
                .. result.Recommendation.Reasons.Select(static reason => new Text($"- {reason}")),
            ]);
    }

    private static string Where(ComparisonProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"{progress.Mode}, seed {progress.Seed}: step {progress.Step} of {progress.Steps}, validation loss {progress.ValidationLoss:F4}, "
        + $"{progress.SamplesPerSecond:N0}/s, {progress.SkippedSteps} skipped");

    private sealed class Lines(IAnsiConsole console) : IProgress<ComparisonProgress>
    {
        public void Report(ComparisonProgress progress)
        {
            if (progress.Outcome is { } outcome)
            {
                console.WriteLine($"{progress.Trial + 1} of {progress.Trials}  {Where(progress)}: {outcome}");
            }
        }
    }

    private sealed class Bars(ProgressContext context) : IProgress<ComparisonProgress>
    {
        private readonly Dictionary<int, ProgressTask> bars = [];

        public void Report(ComparisonProgress progress)
        {
            if (!bars.TryGetValue(progress.Trial, out var bar))
            {
                bars[progress.Trial] = bar = context.AddTask(Markup.Escape(Where(progress)), maxValue: progress.Steps);
            }

            bar.Value = progress.Step;
            bar.Description = Markup.Escape(Where(progress));
            if (progress.Outcome is not null)
            {
                bar.StopTask();
            }
        }
    }
}
