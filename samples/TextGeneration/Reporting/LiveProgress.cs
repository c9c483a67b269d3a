using Spectre.Console;

namespace TextGeneration.Reporting;

/// <summary>A bar that moves, with the validations as lines above it: for a terminal.</summary>
internal sealed class LiveProgress(IAnsiConsole console, ProgressTask bar) : IProgressDisplay
{
    public void Show(TrainingProgress progress)
    {
        bar.Value = progress.Step;
        bar.Description = Markup.Escape(ProgressText.Of(progress));
    }

    public void Validated(int step, double loss) => console.WriteLine(ProgressText.Validated(step, loss));
}
