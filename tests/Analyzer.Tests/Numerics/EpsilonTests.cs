using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1008.</summary>
public class EpsilonTests() : InputRuleTests("PRC1008", "h.[|clamp|](min: 1e-8)")
{
    [Theory]
    [InlineData("var y = sqrt({|PRC1008:h.abs() + 1e-8|});", "var y = sqrt(h.abs().to(ScalarType.Float32) + 1e-8);")]
    [InlineData("var y = w / ({|PRC1008:h * h + 1e-9f|});", "var y = w / ((h * h).to(ScalarType.Float32) + 1e-9f);")]
    [InlineData("var y = h.{|PRC1008:add|}(1e-12);", "var y = h.to(ScalarType.Float32).add(1e-12);")]
    [InlineData("var y = {|PRC1008:h - 1e-8|};", "var y = h.to(ScalarType.Float32) - 1e-8;")]
    [InlineData("var y = h.{|PRC1008:clamp_min|}(1e-10);", "var y = h.to(ScalarType.Float32).clamp_min(1e-10);")]
    [InlineData("var y = torch.{|PRC1008:clamp|}(input: h, max: 1 - 1e-6);", "var y = torch.clamp(input: h.to(ScalarType.Float32), max: 1 - 1e-6);")]
    [InlineData("var g = x.bfloat16(); var y = g.{|PRC1008:clamp|}(-1 + 1e-4, 1 - 1e-4);", "var g = x.bfloat16(); var y = g.to(ScalarType.Float32).clamp(-1 + 1e-4, 1 - 1e-4);")]
    [InlineData("var g = x.bfloat16(); var y = sqrt({|PRC1008:1 + 1e-6 - g|});", "var g = x.bfloat16(); var y = sqrt(1 + 1e-6 - g.to(ScalarType.Float32));")]
    [InlineData("var y = functional.{|PRC1008:normalize|}(h);", "var y = functional.normalize(h.to(ScalarType.Float32));")]
    [InlineData("var y = functional.{|PRC1008:normalize|}(h, eps: 1e-8);", "var y = functional.normalize(h.to(ScalarType.Float32), eps: 1e-8);")]
    [InlineData("var y = functional.{|PRC1008:cosine_similarity|}(h, h * 2);", "var y = functional.cosine_similarity(h.to(ScalarType.Float32), (h * 2).to(ScalarType.Float32));")]
    [InlineData("var y = {|PRC1004:{|PRC1008:logit|}|}(h, 1e-8);", "var y = logit(h.to(ScalarType.Float32), 1e-8);")]
    [InlineData("var y = {|PRC1008:full|}(2, 2, 1e-8, dtype: ScalarType.Float16);", "var y = full(2, 2, 1e-8, dtype: ScalarType.Float32);")]
    [InlineData("var y = {|PRC1008:tensor|}(1e-8, dtype: float16 /* small */);", "var y = tensor(1e-8, dtype: ScalarType.Float32 /* small */);")]
    [InlineData("var eps = 1e-8; var y = {|PRC1008:h + eps|};", "var eps = 1e-8; var y = h.to(ScalarType.Float32) + eps;")]
    [InlineData("float eps = 1e-9f; var y = h.{|PRC1008:clamp|}(min: eps);", "float eps = 1e-9f; var y = h.to(ScalarType.Float32).clamp(min: eps);")]
    [InlineData("const double Eps = 1e-8; var y = h?.{|PRC1008:add|}(Eps);", "const double Eps = 1e-8; var y = h?.to(ScalarType.Float32).add(Eps);")]
    public Task The_operation_goes_over_to_float32(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod("var h = x.half();", before), InMethod("var h = x.half();", after));

    [Theory]
    [InlineData("h.{|PRC1008:add_|}(1e-8);")] // writes into h
    [InlineData("h {|PRC1008:+= 1e-8|};")]
    public Task What_changes_a_variable_has_no_fix(string body)
    {
        body = body.Replace("h {|PRC1008:+= 1e-8|}", "{|PRC1008:h += 1e-8|}", StringComparison.Ordinal);
        return Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod("var h = x.half();", body), InMethod("var h = x.half();", body));
    }

    [Theory]
    [InlineData("var y = h + 1e-7; y = h + 1e-5; y = h.clamp(min: 1e-7);")] // small, but there
    [InlineData("var g = x.bfloat16(); var y = sqrt(g + 1e-8); y = functional.normalize(g);")] // BFloat16 has float32's range
    [InlineData("var y = w + 1e-8; y = x + 1e-12; y = functional.normalize(w);")]
    [InlineData("var y = functional.normalize(h, eps: 1e-4); y = functional.layer_norm(h, new long[] { 2 }, eps: 1e-12);")] // its statistics are float32
    [InlineData("var y = h * 1e-8; y = h / 1e-8; var z = h < 1e-8;")]
    [InlineData("var y = h + 0; y = h - 1; y = 1 - h; y = h.clamp(0, 1);")]
    [InlineData("var y = h.clamp(max: 1 - 1e-3); var g = x.bfloat16(); y = g.clamp(max: 1 - 1e-2);")]
    [InlineData("var eps = 1e-8; if (w.shape[0] > 2) eps = 1e-3; var y = h + eps;")] // one or the other
    [InlineData("var eps = 1e-8; for (var i = 0; i < 3; i++) eps *= 10; var y = h + eps;")]
    [InlineData("var eps = w.ToDouble(); var y = h + eps;")]
    [InlineData("var y = full(2, 2, 0.9999, dtype: ScalarType.Float16); y = tensor(0.999, dtype: bfloat16);")] // rounded, but no bound
    [InlineData("var y = h.add(w, 1e-8);")] // a factor
    [InlineData("var y = full(2, 2, 1e-8); y = full(2, 2, 1e-8, dtype: ScalarType.BFloat16);")]
    [InlineData("var y = BatchNorm1d(2, eps: 1e-12).call(h); y = LayerNorm(2, eps: 1e-12).call(h);")]
    public Task An_epsilon_that_works_is_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("Of(x.half());")]
    [InlineData("Of(x.half(), eps: 1e-9); Of(x.half(), eps: 1e-4);")] // one of both
    [InlineData("Of(x.half(), 1e-4); Of(x); Of(x.half(), 1e-10);")]
    [InlineData("Twice(x.half(), 1e-9);")]
    [InlineData("Func<Tensor, Tensor> of = t => Of(t.half(), eps: 1e-9f);")]
    public Task What_calls_give_to_a_parameter_counts(string calls) => Rule.Verify(Ratio("{|PRC1008:x.abs() + eps|}", calls));

    [Theory]
    [InlineData("Of(x.half(), 1e-4);")]
    [InlineData("Of(x.half(), eps: 1e-4); Of(x); Of(x, 1e-12); Twice(x.half(), 1e-3);")] // the small ones in float32
    [InlineData("Of(x.bfloat16()); Of(x.bfloat16(), 1e-9);")]
    [InlineData("Of(x.half(), x.ToDouble());")]
    [InlineData("")]
    public Task What_calls_give_elsewhere_does_not(string calls) => Rule.Verify(Ratio("x.abs() + eps", calls));

    [Theory]
    [InlineData("private readonly double e; public N(double eps) { this.e = eps; }", "new N(1e-8);")]
    [InlineData("private readonly double e; public N(double eps = 1e-8) { e = eps; }", "new N(); N n = new(eps: 1e-9);")]
    [InlineData("private readonly double e; public N(double eps) { e = eps; } public N() : this(1e-8) { }", "new N();")]
    [InlineData("private double e; public N(float eps) { e = eps; }", "new N(1e-8f); new N(1e-12f);")]
    [InlineData("private readonly double e; public N(double eps) { e = eps; }", "new N(1e-3); new N(1e-8);")] // one of them
    public Task What_creations_give_to_a_field_counts(string members, string creations) => Rule.Verify(WithField(members, "{|PRC1008:h + e|}", creations));

    [Theory]
    [InlineData("private readonly double e; public N(double eps) { e = eps; }", "new N(1e-3);")]
    [InlineData("private readonly double e; public N(double eps) { e = eps; }", "new N(1e-8); new N(h.ToDouble());")]
    [InlineData("private readonly double e; public N(double eps) { e = eps; }", "")] // nobody makes one
    [InlineData("private readonly double e; public N(double eps) { e = eps; e = 1e-3; }", "new N(1e-8);")]
    [InlineData("private readonly double e; public N(double eps) { eps = Math.Max(eps, 1e-3); e = eps; }", "new N(1e-8);")]
    [InlineData("public double e; public N(double eps) { e = eps; }", "new N(1e-8);")] // others assign it
    public Task What_they_give_elsewhere_does_not(string members, string creations) => Rule.Verify(WithField(members, "h + e", creations));

    [Theory]
    [InlineData("1e-8", "{|PRC1008:h + e|}")]
    [InlineData("1e-3", "h + e")]
    [InlineData("1e-8", "h + (e = 1e-3)")]
    [InlineData("h.ToDouble()", "h + e")]
    public Task A_primary_constructor_is_asked_too(string eps, string sum)
        => Rule.Verify($$"""class N(double e) { Tensor M(Tensor h) => h / ({{sum}}); void Make(Tensor x) { var h = x.half(); new N({{eps}}).M(h); } }""");

    private static string WithField(string members, string sum, string creations)
        => $$"""class N { {{members}} Tensor M(Tensor x) { var h = x.half(); return h / ({{sum}}); } static void Make(Tensor h) { {{creations}} } }""";

    private static string Ratio(string sum, string calls) => $$"""
        static class Ratio
        {
            static Tensor Of(Tensor x, double eps = 1e-8) => x / ({{sum}});
            static Tensor Twice(Tensor x, double eps) => Of(Of(x, eps), eps);
            static void Calls(Tensor x) { {{calls}} }
            static Tensor InFloat16(Tensor x) => x.half();
        }
        """;

    [Fact]
    public Task A_project_may_ask_for_larger_ones() => Rule.Verify(
        InMethod("var h = x.half();", "var y = {|PRC1008:h + 1e-6|}; y = h + 1e-4; var g = x.bfloat16() + 1e-6;"),
        test => test.TestState.AnalyzerConfigFiles.Add((
            "/.editorconfig",
            "root = true\n[*.cs]\ndotnet_code_quality.PRC1008.smallest_epsilon = 6.1e-5\n")));

    [Fact]
    public Task In_a_region_normalize_is_16_bit_on_a_CPU_only() => Rule.Verify(
        """
        [MixedPrecision(Dtype.Float16)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => functional.{|#0:normalize|}(layer.call(x));
        }
        """,
        test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1008")));

    [Fact]
    public Task The_message_names_the_dtype_its_origin_and_the_remedy() => Rule.Verify(
        InMethod("var h = x.half();", "var y = {|#0:h + 1e-8|};"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1008",
            "'+' takes 1E-08 as Float16 (cast by 'half' on line 10): it is 0, so adding it changes nothing, and a logarithm of 0 or a division by 0 stays infinite; cast to float32 first")));
}
