using Spectre.Console;

namespace Samples.CommandLine;

/// <summary>A bar that moves, with the notes as lines above it: for a terminal.</summary>
internal sealed class LiveProgress(IAnsiConsole console, ProgressTask bar) : IProgressDisplay
{
    public void Show(int step, string text)
    {
        bar.Value = step;
        bar.Description = Markup.Escape(text);
    }

    public void Note(string text) => console.WriteLine(text);
}
