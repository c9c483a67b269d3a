using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1002.</summary>
public class ReductionTests() : InputRuleTests("PRC1002", "h.[|sum|]()")
{
    private static string InMethod(string body)
        => $$"""static class C { static void M(Tensor x, Tensor[] list) { var h = x.half(); var b = x.bfloat16(); {{body}} } }""";

    [Theory]
    [InlineData("var y = h.{|PRC1002:sum|}();")]
    [InlineData("var y = h.{|PRC1002:sum|}(dim: 1, keepdim: true);")]
    [InlineData("var y = torch.{|PRC1002:sum|}(h, 1);")]
    [InlineData("var y = h.relu().{|PRC1002:prod|}();")]
    [InlineData("var y = h.{|PRC1002:norm|}();")]
    [InlineData("var y = linalg.{|PRC1002:vector_norm|}(h);")]
    [InlineData("var y = h.{|PRC1002:cumsum|}(0);")]
    [InlineData("var y = torch.{|PRC1002:dist|}(h, h);")]
    [InlineData("Func<Tensor> f = () => h.{|PRC1002:sum|}();")]
    [InlineData("foreach (var part in h.chunk(2)) { var y = part.{|PRC1002:sum|}(); }")]
    public Task A_reduction_in_Float16_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var y = h.{|PRC1002:sum|}();", "var y = h.sum(type: ScalarType.Float32);")]
    [InlineData("var y = torch.{|PRC1002:cumsum|}(h, 1) /* all */;", "var y = torch.cumsum(h, 1, type: ScalarType.Float32) /* all */;")]
    [InlineData("var y = h.relu().{|PRC1002:norm|}();", "var y = h.relu().to(ScalarType.Float32).norm();")]
    public Task It_goes_over_to_float32(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod(before), InMethod(after));

    [Theory]
    [InlineData("var y = b.{|#0:sum|}();")]
    [InlineData("var y = h.{|#0:var|}();")]
    [InlineData("var y = b.{|#0:std|}(1);")]
    public Task What_only_rounds_is_information(string body) => Rule.Verify(
        InMethod(body),
        static test => test.ExpectedDiagnostics.Add(Info));

    [Fact]
    public Task In_a_region_only_a_CPU_adds_up_in_16_bit() => Rule.Verify(
        """
        [MixedPrecision(Dtype.Float16)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x).{|#0:sum|}();
        }
        """,
        static test => test.ExpectedDiagnostics.Add(Info));

    [Theory]
    [InlineData("var y = x.sum();")]
    [InlineData("var y = h.sum(type: ScalarType.Float32);")]
    [InlineData("var y = h.sum(1, type: ScalarType.Float32);")]
    [InlineData("var y = h.@float().sum();")]
    [InlineData("var y = h.mean();")]
    [InlineData("var y = h.amax(0);")]
    [InlineData("var y = h.argmax().sum();")]
    [InlineData("var y = (h > 0).sum();")]
    [InlineData("var y = list.Sum(t => 1);")]
    [InlineData("var y = new Other().half().sum();")]
    [InlineData("var y = x; if (x.shape.Length > 1) { y = h; } y = y.sum();")]
    [InlineData("\n#pragma warning disable PRC1002\nvar y = h.sum();")]
    public Task Another_reduction_is_not(string body)
        => Rule.Verify(InMethod(body) + " class Other { public Other half() => this; public Other sum() => this; }");

    private static DiagnosticResult Info => new DiagnosticResult("PRC1002", DiagnosticSeverity.Info)
        .WithLocation(0)
        .WithOptions(DiagnosticOptions.IgnoreAdditionalLocations);
}
