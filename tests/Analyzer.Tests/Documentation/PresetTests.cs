using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Analyzer.Tests.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Documentation;

/// <summary>What <c>PrecisionAnalysisMode</c> sets: files that are generated from the rules.</summary>
public class PresetTests
{
    private const string Folder = "src/Runtime/buildTransitive";

    private const string Region = """
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x).{|#0:softmax|}(-1);
        }
        """;

    private static IEnumerable<DiagnosticDescriptor> Adjustable => RuleCompilation.Analyzers
        .SelectMany(analyzer => analyzer.SupportedDiagnostics)
        .Distinct()
        .Where(rule => rule.DefaultSeverity is not DiagnosticSeverity.Error)
        .OrderBy(rule => rule.Id, StringComparer.Ordinal);

    [Theory]
    [InlineData("strict", "What is information by default is a warning.", "warning")]
    [InlineData("off", "Only what cannot work is reported.", "none")]
    public void A_preset_has_every_rule_that_is_no_error(string mode, string comment, string severity)
    {
        var lines = Adjustable.Select(rule => $"# {rule.Title}\ndotnet_diagnostic.{rule.Id}.severity = {severity}\n");
        Repository.AssertUpToDate(
            $"{Folder}/Precision.{mode}.globalconfig",
            $"# PrecisionAnalysisMode={mode}. {comment}\nis_global = true\nglobal_level = -1\n\n{string.Join('\n', lines)}");
    }

    [Fact]
    public Task By_default_what_holds_on_one_device_is_information() => Rule.Verify(Region, test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1001")));

    [Fact]
    public Task Strict_makes_it_a_warning() => Rule.Verify(Region, test =>
    {
        test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", Text("strict")));
        test.ExpectedDiagnostics.Add(Expect.Warning("PRC1001"));
    });

    [Fact]
    public Task Off_leaves_it_out() => Rule.Verify(
        Region.Replace("{|#0:softmax|}", "softmax", StringComparison.Ordinal),
        test => test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", Text("off"))));

    [Fact]
    public Task A_project_may_turn_one_rule_on_again() => Rule.Verify(Region, test =>
    {
        test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", Text("off")));
        test.TestState.AnalyzerConfigFiles.Add(("/.editorconfig", "root = true\n[*.cs]\ndotnet_diagnostic.PRC1001.severity = warning\n"));
        test.ExpectedDiagnostics.Add(Expect.Warning("PRC1001"));
    });

    private static string Text(string mode) => File.ReadAllText(Repository.PathOf($"{Folder}/Precision.{mode}.globalconfig"));
}
