using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1013.</summary>
public class ScalingTests() : InputRuleTests("PRC1013", "[|h.matmul(h) * 0.125|]")
{
    private const string Half = "var (q, k, v) = (x.half(), m.half(), x.half()); int d = 64; double scale = 1 / Math.Sqrt(d);";

    [Theory]
    [InlineData("var y = {|PRC1013:q.matmul(k.transpose(-2, -1)) / Math.Sqrt(d)|};", "var y = (q / Math.Sqrt(d)).matmul(k.transpose(-2, -1));")]
    [InlineData("var y = {|PRC1013:matmul(q, k.mT) * scale|};", "var y = matmul(q * scale, k.mT);")]
    [InlineData("var y = {|PRC1013:scale * torch.bmm(q, k.transpose(1, 2))|};", "var y = torch.bmm(q * scale, k.transpose(1, 2));")]
    [InlineData("var y = {|PRC1013:einsum(\"bhid,bhjd->bhij\", q, k) * 0.125|};", "var y = einsum(\"bhid,bhjd->bhij\", q * 0.125, k);")]
    [InlineData("var y = {|PRC1013:einsum(\"bid,bjd->bij\", [q + 1, k]) / 8f|};", "var y = einsum(\"bid,bjd->bij\", [(q + 1) / 8f, k]);")]
    [InlineData("var y = q.matmul(k.mT).{|PRC1013:div|}(Math.Sqrt(d));", "var y = (q / Math.Sqrt(d)).matmul(k.mT);")]
    [InlineData("var y = torch.{|PRC1013:mul|}(q.matmul(k.mT), scale);", "var y = (q * scale).matmul(k.mT);")]
    [InlineData("var y = q.matmul(k.mT).{|PRC1013:mul_|}(scale).softmax(-1, ScalarType.Float32);", "var y = (q * scale).matmul(k.mT).softmax(-1, ScalarType.Float32);")]
    [InlineData("var y = {|PRC1013:q.matmul(k.mT).view(2, -1).to(ScalarType.Float32) / 8|};", "var y = (q / 8).matmul(k.mT).view(2, -1).to(ScalarType.Float32);")]
    [InlineData("var y = {|PRC1013:(q - v).mm(k.t()) * Math.Pow(d, -0.5)|};", "var y = ((q - v) * Math.Pow(d, -0.5)).mm(k.t());")]
    [InlineData("var s = q.matmul(k.mT); s = {|PRC1013:s / Math.Sqrt(d)|}; var y = s.relu();", "var s = (q / Math.Sqrt(d)).matmul(k.mT); var y = s.relu();")]
    [InlineData("var s = q.matmul(k.mT); {|PRC1013:s /= Math.Sqrt(d)|}; var y = s.relu();", "var s = (q / Math.Sqrt(d)).matmul(k.mT); var y = s.relu();")]
    [InlineData("var s = q.matmul(k.mT); s.{|PRC1013:div_|}(8); var y = s.relu();", "var s = (q / 8).matmul(k.mT); var y = s.relu();")]
    [InlineData("var s = q.matmul(k.mT); var y = {|PRC1013:s * scale|};", "var s = (q * scale).matmul(k.mT); var y = s;")]
    [InlineData("var y = {|PRC1013:baddbmm(v, q, k) / 8|};", "var y = baddbmm(v / 8, q, k / 8);")]
    [InlineData("var y = {|PRC1013:v.baddbmm(q, k.mT, beta: 0.5f) * scale|};", "var y = (v * scale).baddbmm(q, k.mT * scale, beta: 0.5f);")]
    [InlineData("var s = v.addmm(q, k); {|PRC1013:s /= Math.Sqrt(d)|}; var y = s.relu();", "var s = (v / Math.Sqrt(d)).addmm(q, k / Math.Sqrt(d)); var y = s.relu();")]
    public Task The_first_operand_is_scaled_instead(string before, string after)
        => Rule.VerifyFix<ScaleFirstCodeFix>(InMethod(Half, before), InMethod(Half, after));

    [Theory]
    [InlineData("var s = q.matmul(k.mT); var y = {|PRC1013:s / 8|} + s;")] // the product is read elsewhere
    [InlineData("var s = q.matmul(k.mT); var r = Math.Sqrt(d + 1); var y = {|PRC1013:s / r|};")] // comes later than the product
    [InlineData("var y = {|PRC1013:q.matmul(k.mT) / tensor(Math.Sqrt(d))|};")] // shapes could differ
    [InlineData("var y = {|PRC1013:q.matmul(k.mT) / tensor(64.0).sqrt()|};")]
    [InlineData("var y = q.matmul(k.mT)?.{|PRC1013:div|}(8);")]
    [InlineData("Tensor s = q.matmul(k.mT), y; if (b) { y = {|PRC1013:s / 8|}; } else { y = s; }")]
    public Task Elsewhere_there_is_no_fix(string body) => Rule.VerifyFix<ScaleFirstCodeFix>(InMethod(Half, body), InMethod(Half, body));

    [Theory]
    [InlineData("var y = (q / Math.Sqrt(d)).matmul(k.mT); y = q.matmul(k.mT * scale);")] // scaled first
    [InlineData("var y = x.bfloat16().matmul(m.bfloat16()) / 8; y = w.matmul(w) / 8; y = x.matmul(m) / 8;")]
    [InlineData("var y = q.matmul(k.mT) * 8; y = q.matmul(k.mT) / 0.07; y = q.matmul(k.mT) * Math.Sqrt(d); y = q.matmul(k.mT) / 1;")] // larger
    [InlineData("var y = q.softmax(-1, ScalarType.Float32).half().matmul(v) / 8; y = functional.normalize(q, eps: 1e-4).matmul(v) / 8;")] // bounded
    [InlineData("var weight = Parameter(zeros(2, 2)).half(); var p = new TorchSharp.Modules.Parameter(q); var y = q.matmul(p.t()) / 8;")]
    [InlineData("var y = Linear(2, 2).call(q) / 8; y = functional.linear(q, k) * scale;")] // a projection of the queries
    [InlineData("var temperature = x.ToDouble(); var y = q.matmul(k.mT) / temperature;")] // may be below 1
    [InlineData("var logitScale = x.ToDouble(); var y = q.matmul(k.mT) * logitScale;")]
    [InlineData("var y = einsum(\"i,j->ij\", q, k) / 8; y = outer(q, k) / 8; y = q * k / 8;")] // nothing is summed
    [InlineData("var y = q.matmul(k.mT) / v; y = q.matmul(k.mT) * k; y = q.matmul(k.mT) + 8;")]
    [InlineData("var s = q.matmul(k.mT); if (b) s = v; var y = s / 8;")] // one or the other
    [InlineData("var s = q.matmul(k.mT); s = s.tanh(); var y = s / 8;")]
    [InlineData("var y = functional.scaled_dot_product_attention(q, k, v) / 8;")]
    public Task What_cannot_overflow_so_is_not_reported(string body) => Rule.Verify(InMethod(Half, body));

    [Theory]
    [InlineData("Dtype.Float16")]
    [InlineData("Dtype.Float16, Autocast = false")]
    [InlineData("Dtype.Float16, Parameters = Dtype.Float16")]
    public Task In_a_model_attention_is_reported(string mode) => Rule.Verify(Attention(mode, "{|PRC1013:q.call(x).matmul(k.call(x).mT) * scale|}"));

    [Theory]
    [InlineData("Dtype.BFloat16")]
    [InlineData("Dtype.Float32")]
    [InlineData("Dtype.BFloat16, Autocast = false")]
    public Task With_more_range_it_is_not(string mode) => Rule.Verify(Attention(mode, "q.call(x).matmul(k.call(x).mT) * scale"));

    [Theory]
    [InlineData("{|PRC1013:q.call(x).Times(k.call(x)) / Math.Sqrt(size)|}", "(q.call(x) / Math.Sqrt(size)).Times(k.call(x))")]
    [InlineData("{|PRC1013:Helpers.Times(q.call(x), k.call(x)) * given|}", "Helpers.Times(q.call(x) * given, k.call(x))")]
    [InlineData("{|PRC1013:Own(k.call(x), q.call(x)) / size|}", "Own(k.call(x), q.call(x) / size)")]
    [InlineData("{|PRC1013:q.call(x).matmul(k.call(x).mT) * attentionScale|}", "(q.call(x) * attentionScale).matmul(k.call(x).mT)")]
    public Task Through_helpers_and_fields(string before, string after)
        => Rule.VerifyFix<ScaleFirstCodeFix>(Attention("Dtype.Float16", before), Attention("Dtype.Float16", after));

    [Theory]
    [InlineData("q.call(x).matmul(k.call(x).mT) * larger")]
    [InlineData("q.call(x).Twice(k.call(x)) / 8")]
    [InlineData("Many(q.call(x), k.call(x)) / 8")]
    public Task Other_helpers_and_fields_are_left_alone(string expression) => Rule.Verify(Attention("Dtype.Float16", expression));

    private static string Attention(string mode, string expression) => $$"""
        static class Helpers
        {
            public static Tensor Times(this Tensor a, Tensor b) => a.matmul(b.transpose(-2, -1));
            public static Tensor Twice(this Tensor a, Tensor b) { if (a.dim() > 2) return a; return a.matmul(b); }
        }
        [MixedPrecision({{mode}})]
        sealed partial class Attention : Module<Tensor, Tensor>
        {
            private const int size = 64;
            private readonly Linear q = Linear(64, 64), k = Linear(64, 64);
            private readonly double scale, larger = 3, given;
            private readonly float attentionScale;
            public Attention(double given, float other) : base("a") { scale = 1.0 / Math.Sqrt(size); this.given = 1 / (double)size; attentionScale = other; RegisterComponents(); }
            private Tensor ForwardCore(Tensor x) => {{expression}};
            private static Tensor Own(Tensor a, Tensor b) { return torch.matmul(b, a.mT); }
            private Tensor Many(Tensor a, Tensor b) { var c = a.matmul(b); return c; }
        }
        """;

    [Fact]
    public Task The_message_names_both_operations() => Rule.Verify(
        InMethod("var h = x.half();", "var y = {|#0:h.matmul(h.mT) / 8|};"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1013",
            "'/' scales the result of 'matmul' in Float16 (cast by 'half' on line 10): the product overflows above 65504 before it is scaled; scale an operand first")));
}
