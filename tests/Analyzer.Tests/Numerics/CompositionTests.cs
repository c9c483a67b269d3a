using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1012.</summary>
public class CompositionTests() : OperationRuleTests("PRC1012", "h.sigmoid().[|log|]()")
{
    private const string Sixteen = "var h = x.half(); var g = x.bfloat16();";

    [Theory]
    [InlineData("var y = {|PRC1012:log|}(h.{|PRC1001:softmax|}(-1));", "var y = h.to(ScalarType.Float32).log_softmax(-1);")]
    [InlineData("var y = functional.{|PRC1001:softmax|}(g * 2, dim: 1).{|PRC1012:log|}();", "var y = (g * 2).to(ScalarType.Float32).log_softmax(dim: 1);")]
    [InlineData("var y = -h.sigmoid().{|PRC1012:log|}();", "var y = -h.to(ScalarType.Float32).log_sigmoid();")]
    [InlineData("var y = torch.{|PRC1012:log|}(1 - torch.sigmoid(g));", "var y = (-g.to(ScalarType.Float32)).log_sigmoid();")]
    [InlineData("var y = {|PRC1012:log|}(1 - h);", "var y = (-h.to(ScalarType.Float32)).log1p();")]
    [InlineData("var y = {|PRC1012:log|}(1 + h * g.half());", "var y = (h * g.half()).to(ScalarType.Float32).log1p();")]
    [InlineData("var y = (h.abs() + 1).{|PRC1012:log|}();", "var y = h.abs().to(ScalarType.Float32).log1p();")]
    [InlineData("var y = {|PRC1012:log|}(h.abs().add(1));", "var y = h.abs().to(ScalarType.Float32).log1p();")]
    [InlineData("var y = exp(g).{|PRC1012:sub|}(1);", "var y = g.to(ScalarType.Float32).expm1();")]
    [InlineData("var y = torch.{|PRC1012:sub|}(exp(g * 2), 1);", "var y = (g * 2).to(ScalarType.Float32).expm1();")]
    [InlineData("var y = {|PRC1012:exp(g) - 1|};", "var y = g.to(ScalarType.Float32).expm1();")]
    [InlineData("var y = {|PRC1012:g.exp() - 1.0f|} + 2;", "var y = g.to(ScalarType.Float32).expm1() + 2;")]
    [InlineData("var y = {|PRC1012:log|}(g.exp().{|PRC1002:sum|}(-1));", "var y = g.to(ScalarType.Float32).logsumexp(-1);")]
    [InlineData("var y = g.exp().{|PRC1002:sum|}(1, keepdim: true).{|PRC1012:log|}();", "var y = g.to(ScalarType.Float32).logsumexp(1, keepdim: true);")]
    [InlineData("var y = g.exp().{|PRC1002:sum|}().{|PRC1012:log|}();", "var y = g.to(ScalarType.Float32).flatten().logsumexp(0);")]
    [InlineData("var y = {|PRC1012:log|}(g.exp().{|PRC1002:sum|}([0L, 1L]));", "var y = g.to(ScalarType.Float32).logsumexp(1L).logsumexp(0L);")]
    [InlineData("var y = {|PRC1012:log|}(g.exp().{|PRC1002:sum|}(-1, -2));", "var y = g.to(ScalarType.Float32).logsumexp(-2).logsumexp(-1);")]
    [InlineData("var y = {|PRC1012:log|}(g.exp().{|PRC1002:sum|}(new long[] { -1, 0 }, keepdim: true));", "var y = g.to(ScalarType.Float32).logsumexp(0, keepdim: true).logsumexp(-1, keepdim: true);")]
    [InlineData("var y = {|PRC1012:log|}(g.exp().{|PRC1002:sum|}([-2L, -1L], b));", "var y = g.to(ScalarType.Float32).logsumexp(-2L, keepdim: b).logsumexp(-1L, keepdim: b);")]
    [InlineData("var y = Softmax(1).{|PRC1001:call|}(h).{|PRC1012:log|}();", "var y = h.to(ScalarType.Float32).log_softmax(1);")]
    [InlineData("var p = h.{|PRC1001:softmax|}(-1); var y = p.{|PRC1012:log|}();", "var y = h.to(ScalarType.Float32).log_softmax(-1);")]
    [InlineData("var p = h.sigmoid(); var y = p.{|PRC1012:log|}() * p;", "var p = h.sigmoid(); var y = h.to(ScalarType.Float32).log_sigmoid() * p;")]
    public Task It_becomes_one_step_in_float32(string before, string after)
        => Rule.VerifyFix<UseStableMemberCodeFix>(InMethod(Sixteen, before), InMethod(Sixteen, after));

    [Theory]
    [InlineData("var y = {|#0:log|}(w.softmax(-1));", "var y = w.log_softmax(-1);")]
    [InlineData("var y = {|#0:log|}(h.softmax(-1, ScalarType.Float32));", "var y = h.log_softmax(-1, ScalarType.Float32);")]
    [InlineData("var y = w.sigmoid().{|#0:log|}();", "var y = w.log_sigmoid();")]
    [InlineData("var y = {|#0:exp(w) - 1|};", "var y = w.expm1();")]
    [InlineData("using var region = Autocast.Enter(CUDA, Dtype.Float16); var y = {|#0:log|}(h.softmax(-1));", "using var region = Autocast.Enter(CUDA, Dtype.Float16); var y = h.to(ScalarType.Float32).log_softmax(-1);")]
    public Task In_float32_it_is_information_where_16_bit_is_in_reach(string before, string after)
        => Rule.VerifyFix<UseStableMemberCodeFix>(InMethod(Sixteen, before), InMethod(Sixteen, after), static test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1012")));

    [Theory]
    [InlineData("var d = 1; var y = Softmax(d).{|PRC1001:call|}(h).{|PRC1012:log|}();")]
    [InlineData("var y = {|PRC1012:log|}(g.exp().{|PRC1002:sum|}([0L, -1L]));")] // the last dimension could move
    [InlineData("var d = 1L; var y = {|PRC1012:log|}(g.exp().{|PRC1002:sum|}([0L, d]));")]
    [InlineData("var p = (h + 1).sigmoid(); var y = p.{|PRC1012:log|}();")] // the input would be computed at another place
    [InlineData("var p = h.sigmoid(); h = h + 1; var y = p.{|PRC1012:log|}();")]
    public Task Elsewhere_there_is_no_fix(string body)
        => Rule.VerifyFix<UseStableMemberCodeFix>(InMethod(Sixteen, body), InMethod(Sixteen, body));

    [Theory]
    [InlineData("var y = log(x.softmax(-1)); y = x.exp() - 1; y = log(1 - x);")] // unknown
    [InlineData("var y = w.log_softmax(-1) + w.log1p() + w.expm1() + w.logsumexp(0) + w.log_sigmoid();")]
    [InlineData("var y = log(w + 2) + log(2 - w) + log(w - 1);")]
    [InlineData("var y = exp(w) + 1; y = exp(w) - 2; y = 1 - exp(w);")]
    [InlineData("var y = w.softmax(-1).log2(); y = w.exp().sum(-1).sqrt(); y = w.sum(-1).log();")]
    [InlineData("var y = (w - w.amax([-1L], keepdim: true)).exp().sum(-1).log(); var largest = w.max(); var s = w - largest; y = s.exp().sum().log();")]
    [InlineData("var y = w.log().softmax(-1); y = w.exp().mean().log();")]
    [InlineData("var y = w.tanh().log(); y = (1 + w).relu(); y = w.softmax(-1) - 1;")]
    [InlineData("var p = w.sigmoid(); if (b) p = w; var y = p.log();")]
    [InlineData("var y = log(w.double().sigmoid()); y = exp(w.to(ScalarType.Float64)) - 1;")]
    [InlineData("var n = Math.Log(1 + 0.5) + Math.Exp(0.5) - 1; var y = h * n;")]
    public Task Others_are_not_reported(string body) => Rule.Verify(InMethod(Sixteen, body.Replace("double()", "to(ScalarType.Float64)", StringComparison.Ordinal)));

    [Fact]
    public Task Without_16_bit_in_reach_it_is_not() => Rule.Verify(
        """static class C { static Tensor M(Tensor x) { var w = zeros(2, 2); return log(w.softmax(-1)) + exp(w) - 1 + log(1 - w.sigmoid()) + w.exp().sum().log(); } }""");

    [Fact]
    public Task In_true_16_bit_the_result_is_cast_back() => Rule.VerifyFix<UseStableMemberCodeFix>(
        Model("layer.call({|PRC1012:log|}(1 + layer.call(x)))"),
        Model("layer.call(layer.call(x).to(ScalarType.Float32).log1p().to(ScalarType.BFloat16))"));

    [Theory]
    [InlineData("softmax.{|PRC1001:call|}(layer.call(x)).{|PRC1012:log|}()", "layer.call(x).to(ScalarType.Float32).log_softmax(-1).to(ScalarType.BFloat16)")]
    [InlineData("{|PRC1012:log|}(this.softmax.{|PRC1001:forward|}(layer.call(x)))", "layer.call(x).to(ScalarType.Float32).log_softmax(-1).to(ScalarType.BFloat16)")]
    [InlineData("sigmoid.call(layer.call(x)).{|PRC1012:log|}()", "layer.call(x).to(ScalarType.Float32).log_sigmoid().to(ScalarType.BFloat16)")]
    [InlineData("given.{|PRC1001:call|}(layer.call(x)).{|PRC1012:log|}()", "given.{|PRC1001:call|}(layer.call(x)).{|PRC1012:log|}()")]
    public Task A_module_in_a_field_is_read(string before, string after)
        => Rule.VerifyFix<UseStableMemberCodeFix>(Model($"layer.call({before})"), Model($"layer.call({after})"));

    private static string Model(string expression) => $$"""
        [MixedPrecision(Dtype.BFloat16, Autocast = false)]
        sealed partial class C(int dim) : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private readonly Softmax softmax = Softmax(-1), given = Softmax(dim);
            private readonly Sigmoid sigmoid = Sigmoid();
            private Tensor ForwardCore(Tensor x) => {{expression}};
        }
        """;

    [Fact]
    public Task The_message_names_the_steps_and_the_member() => Rule.Verify(
        InMethod("var h = x.half();", "var y = {|#0:log|}(1 - h.sigmoid());"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1012",
            "'log' takes the result of 'sigmoid' in Float16 (cast by 'half' on line 10): values that round to 1 give -infinity; use 'log_sigmoid'")));
}
