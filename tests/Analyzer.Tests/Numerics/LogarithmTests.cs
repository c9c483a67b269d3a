using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1004.</summary>
public class LogarithmTests() : InputRuleTests("PRC1004", "h.[|log|]()")
{
    private const string Sixteen = "var h = x.half(); var g = x.bfloat16();";

    [Theory]
    [InlineData("var y = {|PRC1004:log|}(h);", "var y = log(h.to(ScalarType.Float32));")]
    [InlineData("var y = g.relu().{|PRC1004:log2|}();", "var y = g.relu().to(ScalarType.Float32).log2();")]
    [InlineData("var y = h.{|PRC1004:rsqrt|}();", "var y = h.to(ScalarType.Float32).rsqrt();")]
    [InlineData("var y = w * g.{|PRC1004:reciprocal|}();", "var y = w * g.to(ScalarType.Float32).reciprocal();")]
    [InlineData("var y = {|PRC1004:1 / h|};", "var y = 1 / h.to(ScalarType.Float32);")]
    [InlineData("var y = {|PRC1004:2.5 / (g * 2)|};", "var y = 2.5 / ((g * 2).to(ScalarType.Float32));")]
    [InlineData("var y = h.{|PRC1004:pow|}(-0.5);", "var y = h.to(ScalarType.Float32).pow(-0.5);")]
    [InlineData("var y = {|PRC1004:pow|}(h, -1);", "var y = pow(h.to(ScalarType.Float32), -1);")]
    [InlineData("var y = g.{|PRC1004:pow|}(-2);", "var y = g.to(ScalarType.Float32).pow(-2);")]
    [InlineData("var y = {|PRC1004:acos|}(g);", "var y = acos(g.to(ScalarType.Float32));")]
    [InlineData("var y = h.{|PRC1004:log1p|}();", "var y = h.to(ScalarType.Float32).log1p();")]
    [InlineData("var y = x?.half().{|PRC1004:log|}();", "var y = x?.half().to(ScalarType.Float32).log();")]
    public Task It_goes_over_to_float32(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod(Sixteen, before), InMethod(Sixteen, after));

    [Theory]
    [InlineData("h.{|PRC1004:log_|}();")]
    [InlineData("g.{|PRC1004:rsqrt_|}();")]
    public Task What_writes_into_its_operand_has_no_fix(string body)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod(Sixteen, body), InMethod(Sixteen, body));

    [Theory]
    [InlineData("var y = log(x); y = w.rsqrt(); y = 1 / w; y = x.pow(-1);")]
    [InlineData("var y = h.@float().log(); y = 1 / g.to(ScalarType.Float32);")]
    [InlineData("var y = h.sqrt(); y = g.sqrt() / 2;")] // half of the digits lost are won back
    [InlineData("var y = h / 2; y = g / 1.5; y = h / g; y = w / h;")]
    [InlineData("var y = h.pow(0.5); y = g.pow(2); y = h.pow(1);")]
    [InlineData("var y = h.{|PRC1003:pow|}(-2);")] // PRC1003's
    [InlineData("var y = 1 / (1 + g.exp()); y = (1 + g.abs()).reciprocal();")] // away from 0
    [InlineData("var y = 1 / h.clamp(min: 0.01); var d = 1 + h.abs(); y = 2 / d;")]
    [InlineData("var y = g.exp() - h.sigmoid() + h.tanh();")]
    [InlineData("using var region = Autocast.Enter(CUDA, Dtype.Float16); var y = log(h) + rsqrt(g) + 1 / h + g.pow(-1);")]
    [InlineData("var y = 1 / x.@long(); y = log(arange(4));")]
    [InlineData("var n = 1.0 / 3; var y = h * n;")]
    public Task Others_are_not_reported(string body) => Rule.Verify(InMethod(Sixteen, body));

    [Fact]
    public Task In_a_region_only_a_CPU_computes_it_so() => Rule.Verify(
        """
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x).{|#0:log|}();
        }
        """,
        test => test.ExpectedDiagnostics.Add(Expect.InfoMessage(
            "PRC1004",
            "'log' gives BFloat16 on a CPU (result of 'Linear' on line 14): it keeps only 2 to 3 digits, and fewer where the function is steep; cast its input to float32 first")));

    [Fact]
    public Task In_true_16_bit_the_result_is_cast_back() => Rule.VerifyFix<ComputeInFloat32CodeFix>(
        Model("layer.call({|PRC1004:1 / layer.call(x)|})"),
        Model("layer.call((1 / layer.call(x).to(ScalarType.Float32)).to(ScalarType.Float16))"));

    private static string Model(string expression) => $$"""
        [MixedPrecision(Dtype.Float16, Autocast = false)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => {{expression}};
        }
        """;
}
