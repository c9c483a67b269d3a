using System.Diagnostics;
using Spectre.Console;

namespace Samples.CommandLine;

/// <summary>A line every few seconds: for files and CI logs.</summary>
internal sealed class PlainProgress(IAnsiConsole console) : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Stopwatch sinceLast = Stopwatch.StartNew();

    public void Show(int step, string text)
    {
        if (sinceLast.Elapsed >= Interval)
        {
            sinceLast.Restart();
            console.WriteLine(text);
        }
    }

    public void Note(string text) => console.WriteLine(text);
}
