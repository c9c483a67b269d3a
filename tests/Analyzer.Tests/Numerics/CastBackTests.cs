using Microsoft.CodeAnalysis.Testing;
using Microsoft.CodeAnalysis;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>
/// What a fix computes in float32 goes on in the dtype that it had: by a cast where autocast is off, by autocast itself in a region. Each fix is
/// applied alone and together with the others; afterwards nothing is reported.
/// </summary>
public class CastBackTests
{
    private const string True16Bit = "Dtype.BFloat16, Autocast = false";

    private static string InClass(string annotation, string body) => $$"""
        [MixedPrecision({{annotation}})]
        sealed partial class C : Module<Tensor, Tensor>
        {
            private readonly Linear q = Linear(4, 4), k = Linear(4, 4), v = Linear(4, 4);
            private readonly LayerNorm norm = LayerNorm(4);
            public C() : base("c") => RegisterComponents();
            private Tensor ForwardCore(Tensor x) { var h = q.call(x); {{body}} }
        }
        """;

    [Theory]
    [InlineData(
        "var p = (q.call(x).matmul(k.call(x).transpose(-1, -2)) / 8).{|PRC1001:softmax|}(-1); return norm.call(p.matmul(v.call(x)));",
        "var p = (q.call(x).matmul(k.call(x).transpose(-1, -2)) / 8).softmax(-1, dtype: ScalarType.Float32).to(ScalarType.BFloat16); return norm.call(p.matmul(v.call(x)));")]
    [InlineData("return functional.{|PRC1001:softmax|}(h, 1).matmul(h);", "return functional.softmax(h, 1, dtype: ScalarType.Float32).to(ScalarType.BFloat16).matmul(h);")]
    [InlineData("return functional.{|PRC1001:softmin|}(h, 1).matmul(h);", "return functional.softmin(h.to(ScalarType.Float32), 1).to(ScalarType.BFloat16).matmul(h);")]
    [InlineData("return (h.{|PRC1001:softmax|}(-1) * 2).relu().matmul(h);", "return (h.softmax(-1, dtype: ScalarType.Float32) * 2).relu().to(ScalarType.BFloat16).matmul(h);")]
    [InlineData("return h.{|PRC1002:cumsum|}(1).matmul(h);", "return h.cumsum(1, type: ScalarType.Float32).to(ScalarType.BFloat16).matmul(h);")]
    [InlineData("return h / h.{|PRC1002:sum|}();", "return h / h.sum(type: ScalarType.Float32);")] // of one element
    [InlineData("return functional.{|PRC1005:mse_loss|}(h, h);", "return functional.mse_loss(h.to(ScalarType.Float32), h.to(ScalarType.Float32));")] // a loss
    [InlineData("return h.{|PRC1001:softmax|}(-1).to(ScalarType.Float32).log();", "return h.softmax(-1, dtype: ScalarType.Float32).to(ScalarType.Float32).log();")]
    [InlineData("return {|PRC1008:1 + 1e-6 - h|};", "return (1 + 1e-6 - h.to(ScalarType.Float32)).to(ScalarType.BFloat16);")]
    [InlineData("return h.{|PRC1009:mm|}(zeros(4, 4)).mm(h);", "return h.to(ScalarType.Float32).mm(zeros(4, 4)).to(ScalarType.BFloat16).mm(h);")]
    public Task Without_autocast_the_result_is_cast_back(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InClass(True16Bit, before), InClass(True16Bit, after));

    [Theory]
    [InlineData("return h.{|PRC1001:softmax|}(-1).lerp(y, 0.5);", "return h.softmax(-1, dtype: ScalarType.Float32).to(ScalarType.Float16).lerp(y, 0.5);")]
    [InlineData("return y.lerp(h.{|PRC1001:softmax|}(-1) * 2, 0.5);", "return y.lerp((h.softmax(-1, dtype: ScalarType.Float32) * 2).to(ScalarType.Float16), 0.5);")]
    [InlineData("return lerp(y, y, h.{|PRC1002:sum|}());", "return lerp(y, y, h.sum(type: ScalarType.Float32).to(ScalarType.Float16));")]
    [InlineData("return h.{|PRC1001:softmax|}(-1).mm(y);", "return h.softmax(-1, dtype: ScalarType.Float32).to(ScalarType.Float16).mm(y);")]
    [InlineData("return y.scatter_add(0, i, h.{|PRC1001:softmax|}(-1));", "return y.scatter_add(0, i, h.softmax(-1, dtype: ScalarType.Float32).to(ScalarType.Float16));")]
    [InlineData("return layer.call(h.{|PRC1001:softmax|}(-1));", "return layer.call(h.softmax(-1, dtype: ScalarType.Float32).to(ScalarType.Float16));")]
    [InlineData("var p = h.{|PRC1001:softmax|}(-1); var q = p * 2; return y.lerp(q, 0.5);", "var p = h.softmax(-1, dtype: ScalarType.Float32).to(ScalarType.Float16); var q = p * 2; return y.lerp(q, 0.5);")]
    [InlineData("y[0] = h[0].{|PRC1001:softmax|}(-1); return y;", "y[0] = h[0].softmax(-1, dtype: ScalarType.Float32).to(ScalarType.Float16); return y;")]
    public Task In_plain_code_what_takes_one_dtype_gets_it(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(Plain(before), Plain(after));

    [Theory]
    [InlineData("return h.{|PRC1001:softmax|}(-1);", "return h.softmax(-1, dtype: ScalarType.Float32);")]
    [InlineData("var p = h.{|PRC1001:softmax|}(-1); return where(p > 0.5, p, y) + p.addcmul(y, y, 1);", "var p = h.softmax(-1, dtype: ScalarType.Float32); return where(p > 0.5, p, y) + p.addcmul(y, y, 1);")]
    [InlineData("return (h.{|PRC1001:softmax|}(-1) > 0.5).mm(y);", "return (h.softmax(-1, dtype: ScalarType.Float32) > 0.5).mm(y);")]
    [InlineData("y.add_(h.{|PRC1001:softmax|}(-1)); return y;", "y.add_(h.softmax(-1, dtype: ScalarType.Float32)); return y;")]
    public Task In_plain_code_what_promotes_goes_on_in_float32(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(Plain(before), Plain(after));

    [Fact]
    public Task Where_no_dtype_can_be_named_for_what_takes_one_nothing_is_offered() => Rule.VerifyFix<ComputeInFloat32CodeFix>(
        InClass("Dtype.Float16", "return x.half().{|#0:exp|}().lerp(x, 0.5);"),
        InClass("Dtype.Float16", "return x.half().{|#0:exp|}().lerp(x, 0.5);"),
        static test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1003"))); // float32 on CUDA

    [Fact]
    public Task Nor_for_a_constant_that_is_out_of_range() => Rule.VerifyFix<UseLimitCodeFix>(
        InClass("Dtype.Float16", "return ({|#0:x.half().{|#1:log_softmax|}(-1) - 1e9|}).lerp(x, 0.5);"),
        InClass("Dtype.Float16", "return ({|#0:x.half().{|#1:log_softmax|}(-1) - 1e9|}).lerp(x, 0.5);"),
        static test =>
        {
            test.ExpectedDiagnostics.Add(Expect.Info("PRC1007"));
            test.ExpectedDiagnostics.Add(new DiagnosticResult("PRC1001", DiagnosticSeverity.Info)
                .WithLocation(1).WithOptions(DiagnosticOptions.IgnoreAdditionalLocations));
        });

    private static string Plain(string body) => $$"""
        sealed class C(Module<Tensor, Tensor> layer)
        {
            private Tensor Run(Tensor x, Tensor y, Tensor i) { var h = x.half(); {{body}} }
            public Tensor Call(Tensor x) => layer.call(x);
        }
        """;

    [Fact]
    public Task A_named_dtype_is_cast_back() => Rule.VerifyFix<NameFloat32CodeFix>(
        InClass(True16Bit, "return h.{|PRC1016:softmax|}(-1, ScalarType.BFloat16).matmul(h);"),
        InClass(True16Bit, "return h.softmax(-1, ScalarType.Float32).to(ScalarType.BFloat16).matmul(h);"));

    [Fact]
    public Task Where_the_device_decides_a_variable_names_the_dtype() => Rule.VerifyFix<ComputeInFloat32CodeFix>(
        InClass("Dtype.Auto, Autocast = false", "return h.{|PRC1001:softmax|}(-1).matmul(h);"),
        InClass("Dtype.Auto, Autocast = false", "return h.softmax(-1, dtype: ScalarType.Float32).to(h.dtype).matmul(h);"));

    [Fact]
    public Task All_at_once_every_fix_casts_back_once() => Rule.VerifyFix<ComputeInFloat32CodeFix>(
        InClass(True16Bit, "return h.{|PRC1001:softmax|}(0).{|PRC1001:softmax|}(1).matmul(h);"),
        InClass(True16Bit, "return h.softmax(0, dtype: ScalarType.Float32).softmax(1).to(ScalarType.BFloat16).matmul(h);"),
        static test =>
        {
            // One by one, the first fix is the second's too.
            test.BatchFixedCode = TestReferences.Usings + InClass(
                True16Bit,
                "return h.softmax(0, dtype: ScalarType.Float32).softmax(1, dtype: ScalarType.Float32).to(ScalarType.BFloat16).matmul(h);");
            test.NumberOfIncrementalIterations = 1;
        });

    [Theory]
    [InlineData("return h.{|#0:softmax|}(-1).matmul(h);", "return h.softmax(-1, dtype: ScalarType.Float32).matmul(h);")]
    [InlineData("return functional.{|#0:softmin|}(h, 1).matmul(h);", "return functional.softmin(h.to(ScalarType.Float32), 1).matmul(h);")]
    public Task In_a_region_autocast_casts(string before, string after) => Rule.VerifyFix<ComputeInFloat32CodeFix>(
        InClass("Dtype.BFloat16", before),
        InClass("Dtype.BFloat16", after),
        static test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1001")));
}
