using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1015.</summary>
public class InPlaceTests() : InputRuleTests("PRC1015", "h.[|add_|](w)")
{
    [Theory]
    [InlineData("h.{|PRC1015:add_|}(w);", "h = h.add(w);")]
    [InlineData("h.{|PRC1015:mul_|}(w); var y = h * 2;", "h = h.mul(w); var y = h * 2;")]
    [InlineData("h.{|PRC1015:sub_|}(w * 2);", "h = h.sub(w * 2);")]
    [InlineData("h.{|PRC1015:div_|}(w);", "h = h.div(w);")]
    [InlineData("h.{|PRC1015:addcmul_|}(w, w, 1);", "h = h.addcmul(w, w, 1);")]
    [InlineData("h.{|PRC1015:addcdiv_|}(h, w, 1);", "h = h.addcdiv(h, w, 1);")]
    [InlineData("h.{|PRC1015:remainder_|}(w);", "h = h.remainder(w);")]
    [InlineData("h.{|PRC1015:atan2_|}(w);", "h = h.atan2(w);")]
    [InlineData("h.{|PRC1015:true_divide_|}(w);", "h = h.true_divide(w);")]
    [InlineData("var y = (h * 2).{|PRC1015:add_|}(w);", "var y = (h * 2).add(w);")]
    [InlineData("var y = x.half().{|PRC1015:mul_|}(w).relu();", "var y = x.half().mul(w).relu();")]
    [InlineData("/* bias */ h.{|PRC1015:add_|}(w); // added", "/* bias */ h = h.add(w); // added\n")]
    public Task It_is_written_out_of_place(string before, string after)
        => Rule.VerifyFix<OutOfPlaceCodeFix>(InMethod("var h = x.half();", before.Replace("// added", "// added\n", StringComparison.Ordinal)), InMethod("var h = x.half();", after));

    [Theory]
    [InlineData("var y = h.{|PRC1015:add_|}(w);")] // the variable is written too
    [InlineData("var v = h[0]; v.{|PRC1015:add_|}(w);")] // a part of another tensor
    [InlineData("Func<Tensor> f = () => h; h.{|PRC1015:add_|}(w);")]
    [InlineData("h.{|PRC1015:add_|}(w); h.matmul(x);")] // takes one dtype
    public Task Where_others_see_the_tensor_there_is_no_fix(string body)
        => Rule.VerifyFix<OutOfPlaceCodeFix>(InMethod("var h = x.half();", body), InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("special.{|PRC1015:bessel_j0|}(w, h);")]
    [InlineData("special.{|PRC1015:chebyshev_polynomial_t|}(w, w, @out: h);")]
    [InlineData("var y = special.{|PRC1015:airy_ai|}(w.sin(), @out: h).relu();")]
    [InlineData("special.bessel_j0(h, h); special.bessel_j0(w); special.bessel_j0(h, w); special.bessel_j0(x, h);")]
    public Task What_is_written_by_an_argument_is_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("h.add_(h); h.mul_(w.half());")]
    [InlineData("h.add_(2); h.mul_(0.5);")] // numbers take its dtype anyway
    [InlineData("h.add_(w.mean());")] // so does a tensor of one element
    [InlineData("h.add_(x);")] // unknown
    [InlineData("w.add_(h); w.mul_(h);")]
    [InlineData("h = h.add(w); h = h * w;")]
    [InlineData("h.copy_(w); h[0] = w;")] // a conversion that is meant
    [InlineData("h.masked_fill_(m, 0); h.relu_(); h.clamp_(0, 1);")]
    [InlineData("h.add_(arange(4));")]
    [InlineData("h.addcmul_(h, h, 1); h.addcmul_(x, x, 1); h.atan2_(h);")]
    [InlineData("h.clamp_(w, w);")] // bounds
    [InlineData("h += w; h *= w;")] // TorchSharp's are out of place
    public Task Others_are_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("h.{|#0:add_|}(w)", "'add_' writes a Float32 operand into Float16 (cast by 'half' on line 10)", "use the out-of-place operation, or cast the operand if 16-bit is intended")]
    [InlineData("special.{|#0:bessel_j0|}(w, h)", "'bessel_j0' writes a Float32 operand into Float16 (cast by 'half' on line 10)", "omit 'out'")]
    public Task The_message_names_the_remedy(string operation, string finding, string remedy) => Rule.Verify(
        InMethod("var h = x.half();", $"var y = {operation};"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1015",
            $"{finding}: the result is rounded to 16-bit, while the out-of-place operation gives Float32; {remedy}")));
}
