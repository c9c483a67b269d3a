using System.Diagnostics;
using Spectre.Console;

namespace TextGeneration.Reporting;

/// <summary>A line every few seconds: for files and CI logs.</summary>
internal sealed class PlainProgress(IAnsiConsole console) : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Stopwatch sinceLast = Stopwatch.StartNew();

    public void Show(TrainingProgress progress)
    {
        if (sinceLast.Elapsed >= Interval)
        {
            sinceLast.Restart();
            console.WriteLine(ProgressText.Of(progress));
        }
    }

    public void Validated(int step, double loss) => console.WriteLine(ProgressText.Validated(step, loss));
}
