using Spectre.Console;

namespace Samples.CommandLine;

/// <summary>Chooses the display that suits the console.</summary>
public static class ProgressDisplay
{
    /// <summary>Runs <paramref name="work"/> with a display.</summary>
    public static void Run(IAnsiConsole console, int step, int steps, Action<IProgressDisplay> work)
    {
        if (!console.Profile.Out.IsTerminal || !console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            work(new PlainProgress(console));
            return;
        }

        console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                var bar = context.AddTask("starting", maxValue: steps);
                bar.Value = step;
                work(new LiveProgress(console, bar));
            });
    }
}
