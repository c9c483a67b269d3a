using System.Text.RegularExpressions;

namespace Precision.Analyzer.Tests.Programs;

/// <summary>
/// A report that a source wants at a line: <c>// want PRC1002; PRC1003 (region, fp16)</c>. An id without modes is wanted in all
/// of them. What the analyzers are known to miss stands after <c>// gap</c>: a gap that is closed fails the test, and becomes a want.
/// </summary>
/// <param name="File">The index of the file.</param>
/// <param name="Line">The line, from 0.</param>
/// <param name="Id">The rule.</param>
/// <param name="Modes">The names of the modes.</param>
/// <param name="IsGap">Whether it is a fault that nothing reports yet.</param>
internal sealed partial record Mark(int File, int Line, string Id, string[] Modes, bool IsGap)
{
    /// <summary>The marks of a file. What does not read as one throws, so that no mark is lost by a slip.</summary>
    public static IEnumerable<Mark> Of(int file, string text)
    {
        foreach (var (line, index) in text.Split('\n').Select(static (line, index) => (line, index)))
        {
            foreach (var comment in line.Split("//").Skip(1))
            {
                var isGap = comment.StartsWith(" gap ", StringComparison.Ordinal);
                foreach (var item in isGap || comment.StartsWith(" want ", StringComparison.Ordinal) ? comment[(isGap ? " gap " : " want ").Length..].Split(';') : [])
                {
                    var match = Item().Match(item.Trim());
                    string[] modes = match.Groups["modes"].Success ? match.Groups["modes"].Value.Split(", ") : [.. Mode.All.Select(mode => mode.Name)];
                    yield return match.Success && modes.All(name => Mode.All.Any(mode => mode.Name == name))
                        ? new Mark(file, index, match.Groups["id"].Value, modes, isGap)
                        : throw new FormatException($"'{line.Trim()}' has no readable mark");
                }
            }
        }
    }

    [GeneratedRegex(@"^(?<id>PRC\d{4})( \((?<modes>[a-z0-9, ]+)\))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Item();
}
