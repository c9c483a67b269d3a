using System.Text;
using Precision.Analyzer.Tests.Documentation;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Hazards;

/// <summary>Each known hazard is reported by the rules that the index of rules names, or by none where it gives a reason.</summary>
public class HazardCatalogueTests
{
    public static TheoryData<string> Descriptions => [.. HazardCatalogue.All.Where(static hazard => hazard.Programs.Length > 0).Select(static hazard => hazard.Description)];

    [Theory]
    [MemberData(nameof(Descriptions))]
    public async Task Its_programs_are_reported_by_its_rules_and_no_others(string description)
    {
        var hazard = HazardCatalogue.All.Single(hazard => hazard.Description == description);
        var reported = new HashSet<string>();
        foreach (var source in hazard.Sources)
        {
            var ids = (await RuleCompilation.Create(source)).Diagnostics.Select(static diagnostic => diagnostic.Id).ToHashSet();
            Assert.True(ids.IsSubsetOf(hazard.Rules) && ids.Count > 0 == hazard.Rules.Length > 0, $"[{string.Join(" ", ids)}] in {source}");
            reported.UnionWith(ids);
        }

        Assert.Equal(hazard.Rules, reported.Order(StringComparer.Ordinal));
    }

    /// <summary>Hazards of a rule that is not there yet are left out: its page brings them in.</summary>
    [Fact]
    public void The_index_lists_them()
    {
        var known = RulePage.All.Select(static page => page.Id).ToHashSet();
        var text = new StringBuilder();
        AppendTable(
            "Hazard",
            "Rule",
            HazardCatalogue.All.Where(hazard => hazard.Rules.Length > 0 && known.IsSupersetOf(hazard.Rules)),
            static hazard => string.Join(", ", hazard.Rules.Select(static id => $"[{id}]({id}.md)")));
        text.Append("\n## Hazards without a rule\n\n");
        AppendTable("Hazard", "Why not", HazardCatalogue.All.Where(static hazard => hazard.Reason is not null), static hazard => hazard.Reason!);
        RuleDocumentationTests.AssertSection("docs/rules/README.md", "hazards", text.ToString());

        void AppendTable(string first, string second, IEnumerable<Hazard> hazards, Func<Hazard, string> cell)
        {
            text.Append($"| {first} | {second} |\n|---|---|\n");
            foreach (var hazard in hazards)
            {
                text.Append($"| {hazard.Description} | {cell(hazard)} |\n");
            }
        }
    }
}
