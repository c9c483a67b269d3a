using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1017.</summary>
public class EqualityTests() : InputRuleTests("PRC1017", "h.[|eq|](h * 2)")
{
    private const string Sixteen = "var h = x.half(); var g = x.bfloat16();";

    [Theory]
    [InlineData("var y = {|PRC1017:h == h * 2|};")]
    [InlineData("var y = {|PRC1017:g != g.tanh()|};")]
    [InlineData("var y = torch.{|PRC1017:ne|}(h, h + 1);")]
    [InlineData("var y = g.{|PRC1017:not_equal|}(g.relu());")]
    [InlineData("var y = torch.{|PRC1017:equal|}(h, h.relu());")]
    [InlineData("var y = {|PRC1017:h == w|};")] // with float32
    [InlineData("var y = {|PRC1017:h == 0.1|};")]
    [InlineData("var y = g.{|PRC1017:eq|}(257);")]
    [InlineData("const float Limit = 0.3f; var y = {|PRC1017:Limit == g|};")]
    public Task Comparing_what_is_rounded_is_reported_without_a_fix(string body)
        => Rule.VerifyFix<WidenToleranceCodeFix>(InMethod(Sixteen, body), InMethod(Sixteen, body));

    [Theory]
    [InlineData("var y = h.{|PRC1017:isclose|}(h * 2);", "var y = h.isclose(h * 2, rtol: 1e-3);")]
    [InlineData("var y = g.{|PRC1017:allclose|}(g.relu());", "var y = g.allclose(g.relu(), rtol: 1e-2);")]
    [InlineData("var y = torch.{|PRC1017:allclose|}(h, h.relu(), 1e-4);", "var y = torch.allclose(h, h.relu(), 1e-3);")]
    [InlineData("const double Near = 1e-5; var y = h.{|PRC1017:isclose|}(h * 2, atol: 1e-6, rtol: Near);", "var y = h.isclose(h * 2, atol: 1e-6, rtol: 1e-3);")]
    [InlineData("var y = isclose(w, w) & {|PRC1017:isclose|}(g, g * 2, nanEqual: true);", "var y = isclose(w, w) & isclose(g, g * 2, nanEqual: true, rtol: 1e-2);")]
    public Task A_tolerance_becomes_that_of_the_dtype(string before, string after)
        => Rule.VerifyFix<WidenToleranceCodeFix>(InMethod(Sixteen, before), InMethod(Sixteen, after));

    [Theory]
    [InlineData("var y = w == w * 2; y = w.eq(zeros(2)); var z = w.allclose(w * 2);")]
    [InlineData("var y = x == m; y = h == x;")] // one is unknown
    [InlineData("var y = h == 0; y = g != 1; y = h.eq(0.5); y = g == -100; y = h == double.PositiveInfinity; y = h == 2048;")] // they have these
    [InlineData("var y = h == h; y = g != g;")] // finds NaN
    [InlineData("var y = h == h.max(); y = h.eq(h.amax([-1L], keepdim: true)); y = g == g.min(); y = h == h.max(0).values; var top = h.max(); y = h == top;")]
    [InlineData("var y = h == zeros_like(h); y = ones_like(g) == g;")]
    [InlineData("var y = h.round() == h; var whole = g.floor(); y = whole == g;")]
    [InlineData("var y = h > h * 2; y = g <= g.relu(); y = h.isfinite();")]
    [InlineData("var y = h.isclose(h * 2, rtol: 1e-2); y = g.isclose(g * 2, 1e-2); var z = h.allclose(h * 2, atol: 0.01);")]
    [InlineData("var near = x.ToDouble(); var y = h.isclose(h * 2, near);")]
    [InlineData("var y = h.to(ScalarType.Float32) == w; y = h.argmax() == arange(2); y = h.@long() == 3;")]
    [InlineData("var y = h is null || h.dtype == float16; var n = x == null; n = h == null;")]
    public Task Other_comparisons_are_not(string body) => Rule.Verify(InMethod(Sixteen, body));

    [Fact]
    public Task The_message_names_the_tolerance() => Rule.Verify(
        InMethod("var h = x.half();", "var y = h.{|#0:allclose|}(h * 2);"),
        test => test.ExpectedDiagnostics.Add(Expect.InfoMessage(
            "PRC1017",
            "'allclose' compares Float16 (cast by 'half' on line 10): the relative tolerance of 1E-05 is below the spacing of the dtype; pass 'rtol: 1e-3'")));

    [Fact]
    public Task Of_an_operator_it_says_why() => Rule.Verify(
        InMethod("var h = x.half();", "var y = {|#0:h == w|};"),
        test => test.ExpectedDiagnostics.Add(Expect.InfoMessage(
            "PRC1017",
            "'==' compares Float16 (cast by 'half' on line 10): a rounded value rarely equals an exact one; use 'isclose' with 'rtol: 1e-3', or compare in float32")));
}
