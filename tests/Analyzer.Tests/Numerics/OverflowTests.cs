using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Testing;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1003.</summary>
public class OverflowTests() : InputRuleTests("PRC1003", "h.[|exp|]()")
{
    private static string InMethod(string body)
        => $$"""static class C { static void M(Tensor x) { var h = x.half(); var b = x.bfloat16(); {{body}} } }""";

    [Theory]
    [InlineData("var y = h.{|PRC1003:exp|}();")]
    [InlineData("var y = torch.{|PRC1003:exp|}(h * 2);")]
    [InlineData("h.{|PRC1003:exp_|}();")]
    [InlineData("var y = h.{|PRC1003:pow|}(2);")]
    [InlineData("var y = h.{|PRC1003:square|}().mean();")]
    [InlineData("var y = h.{|PRC1003:cosh|}() + h.{|PRC1003:sinh|}();")]
    [InlineData("var y = h.{|PRC1003:expm1|}();")]
    [InlineData("var y = (h - 1).{|PRC1003:exp|}();")]
    [InlineData("var y = h.abs().{|PRC1003:exp|}();")]
    [InlineData("var y = h.clamp(max: 20).{|PRC1003:exp|}();")]
    [InlineData("var y = special.{|PRC1003:exp2|}(x.to(ScalarType.Float16));")]
    public Task An_overflow_prone_function_in_Float16_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var y = h.{|PRC1003:exp|}();", "var y = h.to(ScalarType.Float32).exp();")]
    [InlineData("var y = torch.{|PRC1003:pow|}(h * 2, 2);", "var y = torch.pow((h * 2).to(ScalarType.Float32), 2);")]
    [InlineData("h.{|PRC1003:exp_|}();", "h.{|PRC1003:exp_|}();")] // in place there is no other dtype
    public Task It_goes_over_to_float32(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod(before), InMethod(after));

    [Fact]
    public Task In_a_region_it_is_information_except_in_place() => Rule.Verify(
        """
        [MixedPrecision(Dtype.Auto)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x).{|#0:exp|}() + layer.call(x).{|PRC1003:exp_|}();
        }
        """,
        static test => test.ExpectedDiagnostics.Add(new DiagnosticResult("PRC1003", DiagnosticSeverity.Info)
            .WithLocation(0)
            .WithOptions(DiagnosticOptions.IgnoreAdditionalLocations)));

    [Theory]
    [InlineData("var y = x.exp();")]
    [InlineData("var y = b.exp() + b.pow(2);")]
    [InlineData("var y = h.@float().exp();")]
    [InlineData("var y = h.pow(0.5) + h.pow(1);")]
    [InlineData("var y = h.sqrt();")]
    [InlineData("var y = (-h.abs()).exp();")]
    [InlineData("var y = (h - h.amax([-1], true)).exp();")]
    [InlineData("var max = h.max(); var y = (h - max).exp();")]
    [InlineData("var y = h.tanh().exp() + h.sigmoid().square();")]
    [InlineData("var y = h.clamp(max: 10).exp();")]
    [InlineData("var y = new Other().half().exp();")]
    [InlineData("\n#pragma warning disable PRC1003\nvar y = h.exp();")]
    public Task A_function_that_stays_in_range_is_not(string body)
        => Rule.Verify(InMethod(body) + " class Other { public Other half() => this; public Other exp() => this; }");
}
