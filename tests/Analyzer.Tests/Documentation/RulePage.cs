using System.Text.RegularExpressions;

namespace Precision.Analyzer.Tests.Documentation;

/// <summary>One page of <c>docs/rules</c>.</summary>
internal sealed partial class RulePage
{
    private RulePage(string path)
    {
        Id = Path.GetFileNameWithoutExtension(path);
        Text = File.ReadAllText(path);
        Sections = SectionPattern().Matches(Text).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Bad = CodeOf("Bad");
        Good = CodeOf("Good");
    }

    public static IReadOnlyList<RulePage> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("docs/rules"), "PRC????.md")
            .Order(StringComparer.Ordinal)
            .Select(path => new RulePage(path)),
    ];

    public string Id { get; }

    public string Text { get; }

    /// <summary>The text under each heading of the second level.</summary>
    public IReadOnlyDictionary<string, string> Sections { get; }

    /// <summary>C# that the rule reports.</summary>
    public IReadOnlyList<string> Bad { get; }

    /// <summary>C# that no rule reports.</summary>
    public IReadOnlyList<string> Good { get; }

    private string[] CodeOf(string section)
        => Sections.TryGetValue(section, out var text) ? [.. CodePattern().Matches(text).Select(match => match.Groups[1].Value)] : [];

    [GeneratedRegex(@"^## (.+?)\n(.*?)(?=^## |\z)", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex SectionPattern();

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex CodePattern();
}
