using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes;
using Precision.Generator.Rules;

namespace Precision.Analyzer.Tests.Documentation;

/// <summary>Descriptors, pages, release tables and the README say the same; the pages' code is what they say.</summary>
public class RuleDocumentationTests
{
    private static readonly DiagnosticDescriptor[] Rules =
    [
        .. RuleCompilation.Analyzers
            .SelectMany(analyzer => analyzer.SupportedDiagnostics)
            .Distinct()
            .OrderBy(rule => rule.Id, StringComparer.Ordinal),
    ];

    private static readonly ILookup<string, CodeFixProvider> Fixes = typeof(NodeCodeFixProvider).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(CodeFixProvider)) && !type.IsAbstract)
        .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!)
        .SelectMany(fix => fix.FixableDiagnosticIds.Select(id => (id, fix)))
        .ToLookup(pair => pair.id, pair => pair.fix);

    public static TheoryData<string> Ids => [.. Rules.Select(rule => rule.Id)];

    [Fact]
    public void Every_id_is_one_rule_and_every_page_has_one()
    {
        Assert.NotEmpty(Rules);
        Assert.Equal(Rules.Select(rule => rule.Id).Distinct(), Rules.Select(rule => rule.Id));
        Assert.Equal(Rules.Select(rule => rule.Id), RulePage.All.Select(page => page.Id));
        Assert.All(Rules, rule => Assert.Equal(RuleIdentifiers.HelpLink(rule.Id), rule.HelpLinkUri));
        Assert.All(Rules, rule => Assert.True(rule.IsEnabledByDefault));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_page_has_its_heading_and_sections(string id)
    {
        var rule = Rules.Single(rule => rule.Id == id);
        var page = RulePage.All.Single(page => page.Id == id);
        var heading = $"""
            # {id}: {rule.Title}

            | Category | Severity | Code fix |
            |---|---|---|
            | {rule.Category} | {rule.DefaultSeverity} | {Fix(id)} |


            """;
        Repository.AssertUpToDate($"docs/rules/{id}.md", heading + page.Text[page.Text.IndexOf("## ", StringComparison.Ordinal)..]);
        Assert.Equal(["Cause", "Why it matters", "Bad", "Good", "How to configure"], page.Sections.Keys);
        Assert.NotEmpty(page.Good);
        Assert.Contains($"dotnet_diagnostic.{id}.severity", page.Sections["How to configure"], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Bad_code_is_reported_and_good_code_is_not(string id)
    {
        var page = RulePage.All.Single(page => page.Id == id);
        foreach (var bad in page.Bad)
        {
            var compilation = await Compile(id, bad);
            Assert.NotEmpty(compilation.Diagnostics);
            Assert.All(compilation.Diagnostics, diagnostic => Assert.Equal(id, diagnostic.Id));

            // An abstract forward that nothing implements: the code that the rule misses would.
            Assert.DoesNotContain(compilation.CompilerErrors, error => error.Id is not "CS0534");
        }

        foreach (var good in page.Good)
        {
            var compilation = await Compile(id, good);
            Assert.Empty(compilation.Diagnostics);
            Assert.Empty(compilation.CompilerErrors);
        }
    }

    [Fact]
    public void The_readme_lists_the_rules()
    {
        var table = new StringBuilder("| Id | Rule | Severity | Code fix |\n|---|---|---|---|\n");
        foreach (var rule in Rules)
        {
            table.Append($"| [{rule.Id}](docs/rules/{rule.Id}.md) | {rule.Title} | {rule.DefaultSeverity} | {Fix(rule.Id)} |\n");
        }

        AssertSection("README.md", "rules", table.ToString());
    }

    [Fact]
    public void The_index_lists_them_by_family_with_the_reason()
    {
        var text = new StringBuilder();
        foreach (var family in Rules.GroupBy(rule => rule.Category))
        {
            text.Append($"## {family.Key["Precision.".Length..]}\n\n| Id | Rule | Severity | Code fix | Why |\n|---|---|---|---|---|\n");
            foreach (var rule in family)
            {
                var reason = rule.Description.ToString(CultureInfo.InvariantCulture).Replace("|", "\\|", StringComparison.Ordinal);
                text.Append($"| [{rule.Id}]({rule.Id}.md) | {rule.Title} | {rule.DefaultSeverity} | {Fix(rule.Id)} | {reason} |\n");
            }

            text.Append('\n');
        }

        AssertSection("docs/rules/README.md", "rules", text.ToString());
    }

    [Fact]
    public void The_release_tables_give_every_rule_its_title()
    {
        var tables = File.ReadAllText(Repository.PathOf("src/Generator/AnalyzerReleases.Shipped.md"))
            + File.ReadAllText(Repository.PathOf("src/Generator/AnalyzerReleases.Unshipped.md"));
        Assert.All(Rules, rule => Assert.Contains($"{rule.Id} | {rule.Category} | {rule.DefaultSeverity} | {rule.Title}\n", tables, StringComparison.Ordinal));
    }

    [Fact]
    public void Fixes_are_for_rules_that_exist()
        => Assert.All(Fixes, fix => Assert.Contains(fix.Key, Rules.Select(rule => rule.Id)));

    /// <summary>Between two comments of a page stands what is generated.</summary>
    internal static void AssertSection(string page, string name, string expected)
    {
        var text = File.ReadAllText(Repository.PathOf(page));
        var section = new Regex($"<!-- {name} -->.*?<!-- /{name} -->", RegexOptions.Singleline);
        Assert.Single(section.Matches(text));
        Repository.AssertUpToDate(page, section.Replace(text, _ => $"<!-- {name} -->\n{expected}<!-- /{name} -->"));
    }

    private static string Fix(string id) => Fixes.Contains(id) ? "yes" : "";

    private static Task<RuleCompilation> Compile(string id, string code)
        => id is RuleIdentifiers.Float16OnCpuOnly
            ? RuleCompilation.Create(
                [TestReferences.Usings + code],
                OutputKind.ConsoleApplication,
                ImmutableDictionary<string, string>.Empty.Add("PrecisionCpuOnly", "true"))
            : RuleCompilation.Create(TestReferences.Usings + code);
}
