using System.Text;
using Spectre.Console;

namespace TextGeneration.Reporting;

/// <summary>Writes generated text while it is being generated.</summary>
internal static class ConsoleText
{
    /// <returns>All of it.</returns>
    public static string WriteAsItComes(this IAnsiConsole console, string prompt, IEnumerable<string> continuation, CancellationToken stop = default)
    {
        var all = new StringBuilder();
        foreach (var piece in continuation.Prepend(prompt).TakeWhile(_ => !stop.IsCancellationRequested))
        {
            all.Append(piece);
            console.Profile.Out.Writer.Write(piece);
            console.Profile.Out.Writer.Flush();
        }

        console.Profile.Out.Writer.WriteLine();
        return all.Append('\n').ToString();
    }
}
