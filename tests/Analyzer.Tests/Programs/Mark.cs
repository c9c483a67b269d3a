using System.Text.RegularExpressions;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>
/// A report that a source wants at a line: <c>// want PRC1002; PRC1003 (region, fp16)</c>. An id without modes is wanted in all
/// of them.
/// </summary>
/// <param name="File">The index of the file.</param>
/// <param name="Line">The line, from 0.</param>
/// <param name="Id">The rule.</param>
/// <param name="Modes">The names of the modes.</param>
internal sealed partial record Mark(int File, int Line, string Id, string[] Modes)
{
    /// <summary>The marks of a file. What does not read as one throws, so that no mark is lost by a slip.</summary>
    public static IEnumerable<Mark> Of(int file, string text)
    {
        foreach (var (line, index) in text.Split('\n').Select(static (line, index) => (line, index)))
        {
            var start = line.IndexOf("// want ", StringComparison.Ordinal);
            foreach (var item in start < 0 ? [] : line[(start + "// want ".Length)..].Split(';'))
            {
                var match = Item().Match(item.Trim());
                string[] modes = match.Groups["modes"].Success ? match.Groups["modes"].Value.Split(", ") : [.. Mode.All.Select(mode => mode.Name)];
                yield return match.Success && modes.All(name => Mode.All.Any(mode => mode.Name == name))
                    ? new Mark(file, index, match.Groups["id"].Value, modes)
                    : throw new FormatException($"'{line.Trim()}' has no readable mark");
            }
        }
    }

    [GeneratedRegex(@"^(?<id>PRC\d{4})( \((?<modes>[a-z0-9, ]+)\))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Item();
}
