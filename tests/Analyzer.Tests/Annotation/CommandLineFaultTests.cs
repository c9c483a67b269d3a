using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Rules.Annotation;

namespace Precision.Analyzer.Tests.Annotation;

/// <summary>
/// A build that stops at CS0534 runs no analyzers: there the generator says why the class has no forward, in the analyzer's
/// words. Where the analyzers do run it says nothing.
/// </summary>
public class CommandLineFaultTests
{
    private const string Body = "private Tensor ForwardCore(Tensor x) => x;";

    [Theory]
    [InlineData("PRC0001", "[MixedPrecision(Dtype.BFloat16)] class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }")]
    [InlineData("PRC0001", "[FullPrecision] class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }")]
    [InlineData("PRC0004", "[MixedPrecision(Dtype.BFloat16)] partial class A() : Module<Tensor, Tensor>(\"a\") { }")]
    [InlineData("PRC0005", "[MixedPrecision(Dtype.Unspecified)] partial class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }")]
    [InlineData("PRC0006", "[FullPrecision, MixedPrecision(Dtype.BFloat16)] partial class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }")]
    [InlineData("PRC0012", "[MixedPrecisionFunction] class F : autograd.SingleTensorFunction<F> { public override string Name => \"f\"; }")]
    [InlineData("PRC0012", "[MixedPrecisionFunction] partial class F : autograd.MultiTensorFunction<F> { public override string Name => \"f\"; public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars) => []; }")]
    public async Task A_class_left_without_forward_is_explained_as_the_analyzer_would(string id, string source)
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + source);
        Assert.Contains(compilation.CompilerErrors, error => error.Id is "CS0534");
        var expected = Assert.Single(compilation.Errors);

        var reported = Assert.Single(Report(source));
        Assert.Equal(id, reported.Id);
        Assert.Equal(expected.GetMessage(), reported.GetMessage());
        Assert.Equal(expected.Severity, reported.Severity);
        Assert.Equal(expected.Descriptor.HelpLinkUri, reported.Descriptor.HelpLinkUri);
        Assert.Equal(expected.Location.GetLineSpan(), reported.Location.GetLineSpan());
    }

    [Theory]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] partial class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] class A() : Module<Tensor, Tensor>(\"a\") { public override Tensor forward(Tensor x) => x; }")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] abstract class A() : Module<Tensor, Tensor>(\"a\");")]
    [InlineData("[MixedPrecision(Dtype.BFloat16)] class A;")]
    [InlineData("[MixedPrecisionFunction] class A;")]
    [InlineData("[MixedPrecisionFunction] abstract class F<T> : autograd.SingleTensorFunction<T> where T : F<T>, new();")]
    [InlineData("[MixedPrecisionFunction] class F : autograd.SingleTensorFunction<F> { public override string Name => \"f\"; public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0]; public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor g) => [g]; }")]
    [InlineData("""
        [MixedPrecision(Dtype.BFloat16)] partial class A() : Module<Tensor, Tensor>("a") { protected virtual Tensor ForwardCore(Tensor x) => x; }
        [MixedPrecision(Dtype.Unspecified)] partial class B : A;
        """)]
    public async Task Where_the_compiler_misses_no_forward_the_analyzer_is_left_to_report(string source)
    {
        var compilation = await RuleCompilation.Create(TestReferences.Usings + source);
        Assert.DoesNotContain(compilation.CompilerErrors, error => error.Id is "CS0534");
        Assert.Empty(Report(source));
    }

    [Fact]
    public void An_editor_leaves_it_to_the_analyzer()
        => Assert.Empty(Report("[FullPrecision] class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }", IncrementalGeneratorOutputKind.Implementation));

    [Fact]
    public void An_edit_elsewhere_finds_nothing_again()
    {
        var compilation = Compile("[FullPrecision] class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }", "class Other;");
        var driver = Driver(IncrementalGeneratorOutputKind.None).RunGenerators(compilation);
        var tree = compilation.SyntaxTrees[1];
        driver = driver.RunGenerators(compilation.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText("class Another;", path: tree.FilePath)));

        var steps = driver.GetRunResult().Results.Single().TrackedSteps[CommandLineFaultReporter.Faults];
        var output = Assert.Single(steps.SelectMany(step => step.Outputs));
        Assert.Contains(output.Reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged });
    }

    [Fact]
    public void A_fault_moves_with_the_text_above_it()
    {
        var compilation = Compile("class Above { void M() { } }\n[FullPrecision] class A() : Module<Tensor, Tensor>(\"a\") { " + Body + " }", "class Other;");
        var driver = Driver(IncrementalGeneratorOutputKind.None).RunGenerators(compilation);
        var tree = compilation.SyntaxTrees[0];
        var edited = tree.WithChangedText(SourceText.From(tree.ToString().Replace("M() {", "M() {\n", StringComparison.Ordinal)));
        var moved = driver.RunGenerators(compilation.ReplaceSyntaxTree(tree, edited));
        Assert.Equal(Line(driver) + 1, Line(moved));

        static int Line(GeneratorDriver driver) => Assert.Single(driver.GetRunResult().Diagnostics).Location.GetLineSpan().StartLinePosition.Line;
    }

    private static IEnumerable<Diagnostic> Report(string source, IncrementalGeneratorOutputKind disabled = IncrementalGeneratorOutputKind.None)
        => Driver(disabled).RunGenerators(Compile(source)).GetRunResult().Diagnostics;

    private static CSharpCompilation Compile(params string[] sources)
        => CSharpCompilation.Create(
            "Tested",
            sources.Select((source, index) => CSharpSyntaxTree.ParseText(TestReferences.Usings + source, path: $"Source{index}.cs")),
            TestReferences.All,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    private static GeneratorDriver Driver(IncrementalGeneratorOutputKind disabled)
        => CSharpGeneratorDriver.Create(
            [new CommandLineFaultReporter().AsSourceGenerator()],
            driverOptions: new GeneratorDriverOptions(disabled, trackIncrementalGeneratorSteps: true));
}
