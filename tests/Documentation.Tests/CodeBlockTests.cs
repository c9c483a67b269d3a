using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Precision.Documentation.Tests.Infrastructure;
using Precision.Generator.Rules;

namespace Precision.Documentation.Tests;

/// <summary>What the documentation tells people to write.</summary>
public class CodeBlockTests
{
    private const string RulePages = "docs/rules/PRC";

    /// <summary>Pages of rules have code that is bad on purpose: tests/Analyzer.Tests compiles it.</summary>
    public static TheoryData<string, int> CSharp => Blocks("csharp", "cs", "c#", "C#");

    public static TheoryData<string, int> Xml => Blocks("xml");

    [Theory]
    [MemberData(nameof(CSharp))]
    public async Task CSharp_compiles_and_has_no_diagnostics_but_those_announced(string page, int line)
    {
        var block = Block(page, line);
        if (block.Remark.NotCompiled is { } reason)
        {
            Assert.NotEmpty(reason);
            return;
        }

        var diagnostics = await BlockCompilation.Diagnose(block);

        var unexpected = diagnostics.Where(diagnostic => !block.Remark.Reports.Contains(diagnostic.Id)).ToList();
        Assert.True(unexpected.Count == 0, string.Join('\n', unexpected.Select(Told)));
        Assert.Equal(block.Remark.Reports.Order(), diagnostics.Select(diagnostic => diagnostic.Id).Distinct().Order());

        string Told(Diagnostic diagnostic)
        {
            var inBlock = diagnostic.Location.GetLineSpan().StartLinePosition.Line - block.LinesBefore;
            return $"{page}, line {line + 1 + inBlock}: {diagnostic.Id} {diagnostic.GetMessage()}";
        }
    }

    [Theory]
    [MemberData(nameof(Xml))]
    public void Xml_is_well_formed(string page, int line) => Assert.NotNull(XElement.Parse($"<root>{Block(page, line).Text}</root>"));

    [Fact]
    public void Every_rule_that_is_spoken_of_exists()
    {
        var rules = typeof(RuleIdentifiers).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)
            .Append("PRC0000"); // the build's own error, of the package's targets file
        foreach (var page in Page.All)
        {
            var named = Regex.Matches(File.ReadAllText(Repository.PathOf(page.Path)), @"\bPRC\d{4}\b");
            Assert.Empty(named.Select(match => match.Value).Except(rules).Select(id => $"{page.Path}: {id}"));
        }
    }

    private static CodeBlock Block(string page, int line) => Page.At(page).Blocks.Single(block => block.Line == line);

    private static TheoryData<string, int> Blocks(params string[] languages)
    {
        var data = new TheoryData<string, int>();
        foreach (var block in Page.All.Where(page => !page.Path.StartsWith(RulePages, StringComparison.Ordinal)).SelectMany(page => page.Blocks))
        {
            if (languages.Contains(block.Language))
            {
                data.Add(block.Page, block.Line);
            }
        }

        return data;
    }
}
