using System.Text;
using Spectre.Console;

namespace TextGeneration.Reporting;

/// <summary>Writes generated text while it is being generated.</summary>
internal static class ConsoleText
{
    /// <returns>All of it.</returns>
    public static string WriteAsItComes(this IAnsiConsole console, IEnumerable<string> pieces)
    {
        var all = new StringBuilder();
        foreach (var piece in pieces)
        {
            all.Append(piece);
            console.Profile.Out.Writer.Write(piece);
            console.Profile.Out.Writer.Flush();
        }

        console.Profile.Out.Writer.WriteLine();
        return all.ToString();
    }
}
