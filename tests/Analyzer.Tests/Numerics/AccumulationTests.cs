using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1011.</summary>
public class AccumulationTests
{
    [Theory]
    [InlineData(
        "var total = zeros(1, dtype: ScalarType.BFloat16); foreach (var h in batches) { {|PRC1011:total += h.bfloat16().mean()|}; } return total;",
        "var total = zeros(1, dtype: ScalarType.Float32); foreach (var h in batches) { total += h.bfloat16().mean(); } return total;")]
    [InlineData(
        "var n = zeros(1, dtype: ScalarType.Float16); for (var k = 0; k < 9; k++) { n.{|PRC1011:add_|}(1); } return n;",
        "var n = zeros(1, dtype: ScalarType.Float32); for (var k = 0; k < 9; k++) { n.add_(1); } return n;")]
    [InlineData(
        "var n = zeros(1, dtype: ScalarType.Float16); while (b) { n = {|PRC1011:n + 1|}; } return n;",
        "var n = zeros(1, dtype: ScalarType.Float32); while (b) { n = n + 1; } return n;")]
    [InlineData(
        "var total = w.half().mean(); foreach (var h in batches) { total = {|PRC1011:total + w.half().mean()|}; } return total;",
        "var total = w.half().mean(); foreach (var h in batches) { total = total + w.half().mean().to(ScalarType.Float32); } return total;")]
    [InlineData(
        "var counts = zeros(10, dtype: ScalarType.BFloat16); foreach (var h in batches) { counts.{|PRC1011:index_add_|}(0, i, h.bfloat16(), 1); } return counts;",
        "var counts = zeros(10, dtype: ScalarType.Float32); foreach (var h in batches) { counts.index_add_(0, i, h.bfloat16().to(ScalarType.Float32), 1); } return counts;")]
    [InlineData(
        "var mean = zeros(10, dtype: ScalarType.BFloat16); foreach (var h in batches) { mean.{|PRC1011:lerp_|}(h.bfloat16(), 0.01); } return mean;",
        "var mean = zeros(10, dtype: ScalarType.Float32); foreach (var h in batches) { mean.lerp_(h.bfloat16().to(ScalarType.Float32), 0.01); } return mean;")]
    [InlineData(
        "var mean = zeros(10, dtype: ScalarType.BFloat16); foreach (var h in batches) { mean.mul_(0.99).{|PRC1011:add_|}(h, alpha: 0.01); } return mean;",
        "var mean = zeros(10, dtype: ScalarType.Float32); foreach (var h in batches) { mean.mul_(0.99).add_(h, alpha: 0.01); } return mean;")]
    [InlineData(
        "var mean = zeros(10, dtype: ScalarType.BFloat16); foreach (var h in batches) { mean = {|PRC1011:mean * d + (1 - d) * h.bfloat16()|}; } return mean;",
        "var mean = zeros(10, dtype: ScalarType.Float32); foreach (var h in batches) { mean = mean * d + (1 - d) * h.bfloat16(); } return mean;")]
    [InlineData(
        "var sum = zeros(10, dtype: ScalarType.Float16); foreach (var h in batches) { sum = sum.{|PRC1011:add|}(h.half()); } return sum;",
        "var sum = zeros(10, dtype: ScalarType.Float32); foreach (var h in batches) { sum = sum.add(h.half()); } return sum;")]
    public Task What_begins_blank_or_is_a_scalar_becomes_float32(string before, string after)
        => Rule.VerifyFix<KeepFloat32CodeFix>(InMethod(before), InMethod(after));

    [Theory]
    [InlineData("var loss = zeros(3, dtype: ScalarType.Float16); foreach (var y in batches) { {|PRC1011:loss[0] += w.half().mean()|}; } return loss;")]
    [InlineData("Total.{|PRC1011:add_|}(1); return Total;")] // a field
    [InlineData("Total.{|PRC1011:add_|}(w.half().mean()); return Total;")]
    [InlineData("Total.{|PRC1011:lerp_|}(w.half(), 1 - d); return Total;")]
    [InlineData("var t = new[] { w.half().mean() }; for (var k = 0; k < 3; k++) { {|PRC1011:t[0] += w.half().mean()|}; } return t[0];")]
    [InlineData("var total = zeros(1, dtype: ScalarType.BFloat16); foreach (var h in batches) { {|PRC1011:total += h.bfloat16().mean()|}; } return total.matmul(x);")] // takes one dtype
    [InlineData("var total = zeros_like(w.half()); foreach (var h in batches) { total.{|PRC1011:add_|}(h.half()); } return total;")]
    public Task What_is_kept_elsewhere_is_reported_without_a_fix(string body)
        => Rule.VerifyFix<KeepFloat32CodeFix>(InMethod(body), InMethod(body));

    [Theory]
    [InlineData("var h = w.half(); foreach (var layer in layers) { h = h + layer.call(h); } return h;")] // residuals
    [InlineData("var h = w.half(); foreach (var layer in layers) { h = h + h.relu(); } return h;")]
    [InlineData("var h = zeros(4, dtype: ScalarType.Float16); foreach (var layer in layers) { h += layer.call(x).half(); } return h;")] // a few experts
    [InlineData("var total = zeros(1); foreach (var h in batches) { total += h.half().mean(); } return total;")]
    [InlineData("var total = zeros(1, dtype: ScalarType.Float16); total += w.half().mean(); return total;")] // once
    [InlineData("foreach (var h in batches) { var total = zeros(1, dtype: ScalarType.Float16); total += h.half().mean(); } return x;")]
    [InlineData("var h = w.half(); for (var k = 0; k < 3; k++) { h[k] += x.half(); } return h;")] // each once
    [InlineData("var h = w.half(); for (var k = 0; k < 3; k++) { h = h.lerp(x.half(), 0.5); } return h;")] // no average
    [InlineData("var h = w.half(); for (var k = 0; k < 3; k++) { h.mul_(0.5); } return h;")]
    [InlineData("var total = zeros(1, dtype: ScalarType.Float16); for (var k = 0; k < 3; k++) { total = w.half().mean() + 1; } return total;")] // replaced
    [InlineData("var n = zeros(1, dtype: ScalarType.Int64); for (var k = 0; k < 3; k++) { n += 1; } return n;")]
    [InlineData("var total = 0.0; foreach (var h in batches) { total += h.half().mean().ToDouble(); } return total;")]
    [InlineData("var h = w.half(); Func<Tensor> f = () => h + 1; foreach (var y in batches) { f(); } return h;")]
    public Task Others_are_not(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("size.mul_(0.999).{|PRC1011:add_|}(full(1, 900f), alpha: 0.001);", "size.mul_(0.999).add_(full(1, 900f), alpha: 0.001);", "Dtype.BFloat16, Parameters = Dtype.BFloat16")]
    [InlineData("size.{|PRC1011:lerp_|}(x.mean(), 0.01);", "size.lerp_(x.mean().to(ScalarType.Float32), 0.01);", "Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false")]
    [InlineData("size.{|PRC1011:add_|}(1);", "size.add_(1);", "Dtype.Float16, Parameters = Dtype.Float16")]
    [InlineData("size.{|PRC1011:sub_|}(x.mean());", "size.sub_(x.mean());", "Dtype.Float16, Autocast = false")]
    public Task A_buffer_that_the_storage_converts_is_marked(string update, string fixedUpdate, string annotation) => Rule.VerifyFix<KeepFloat32CodeFix>(
        Codebook(annotation, "public readonly Tensor size", update),
        Codebook(annotation, "[FullPrecision]\n    public readonly Tensor size", fixedUpdate));

    [Theory]
    [InlineData("Dtype.BFloat16", "public readonly Tensor size", "size.add_(1);")] // stored in float32
    [InlineData("Dtype.BFloat16, Parameters = Dtype.BFloat16", "[FullPrecision] public readonly Tensor size", "size.add_(1);")]
    [InlineData("Dtype.BFloat16, Parameters = Dtype.BFloat16", "public readonly Tensor size", "var y = size + 1; y = size.mul_(2);")]
    public Task Others_of_a_model_are_not(string annotation, string field, string update) => Rule.Verify(Codebook(annotation, field, update));

    [Fact]
    public Task Running_statistics_stay_float32_anyway() => Rule.Verify(
        Codebook("Dtype.BFloat16, Parameters = Dtype.BFloat16", "public readonly Tensor size", "size.add_(1);").Replace("size", "running_size", StringComparison.Ordinal));

    [Fact]
    public Task The_message_says_how_far_it_counts() => Rule.Verify(
        InMethod("var n = zeros(1, dtype: ScalarType.BFloat16); for (var k = 0; k < 9; k++) { n.{|#0:add_|}(1); } return n;"),
        static test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1011",
            "'add_' accumulates in BFloat16 (created by 'zeros' on line 13): it stops counting at 256; accumulate in float32")));

    private static string InMethod(string body) => $$"""
        class C
        {
            private static Tensor Total = zeros(1, dtype: ScalarType.Float16);
            static object M(Tensor x, Tensor i, Tensor[] batches, Module<Tensor, Tensor>[] layers, bool b, double d) { var w = zeros(2, 2); {{body}} }
        }
        """;

    private static string Codebook(string annotation, string field, string update) => $$"""
        [MixedPrecision({{annotation}})]
        public sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            {{field}} = full(1, 1000f);
            public C() : base("c") { register_buffer("size", size); RegisterComponents(); }
            private Tensor ForwardCore(Tensor x)
            {
                using (no_grad()) { {{update}} }
                return layer.call(x);
            }
        }
        """;
}
