using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1001.</summary>
public class SoftmaxTests() : InputRuleTests("PRC1001", "h.[|softmax|](-1)")
{
    [Theory]
    [InlineData("var y = h.{|PRC1001:softmax|}(-1);", "var y = h.softmax(-1, dtype: ScalarType.Float32);")]
    [InlineData("var y = functional.{|PRC1001:softmax|}(dim: 1, input: h);", "var y = functional.softmax(dim: 1, input: h, dtype: ScalarType.Float32);")]
    [InlineData("var y = torch.{|PRC1001:softmax|}(h * 2f, 1 /* classes */);", "var y = torch.softmax(h * 2f, 1, dtype: ScalarType.Float32 /* classes */);")]
    [InlineData("var y = nn.functional.{|PRC1001:log_softmax|}(x.bfloat16(), -1);", "var y = nn.functional.log_softmax(x.bfloat16().to(ScalarType.Float32), -1);")]
    [InlineData("var g = b ? x.half() : x.to_type(float16); var y = special.{|PRC1001:softmax|}(g, 1);", "var g = b ? x.half() : x.to_type(float16); var y = special.softmax(g, 1, dtype: ScalarType.Float32);")]
    [InlineData("var y = Softmax(1).{|PRC1001:call|}(h);", "var y = Softmax(1).call(h.to(ScalarType.Float32));")]
    [InlineData("var y = functional.{|PRC1001:softmin|}(h + 1, 1);", "var y = functional.softmin((h + 1).to(ScalarType.Float32), 1);")]
    [InlineData("var y = x?.half().{|PRC1001:softmax|}(-1);", "var y = x?.half().softmax(-1, dtype: ScalarType.Float32);")]
    [InlineData("var y = exp(h.{|PRC1001:softmax|}(0, null)).sqrt();", "var y = exp(h.softmax(0, ScalarType.Float32)).sqrt();")]
    [InlineData("var y = h.{|PRC1001:softmax|}(-1, dtype: default);", "var y = h.softmax(-1, dtype: ScalarType.Float32);")]
    [InlineData("var y = h.{|PRC1001:softmax|}(-1, dtype: null);", "var y = h.softmax(-1, dtype: ScalarType.Float32);")]
    [InlineData("var y = functional.{|PRC1001:softmax|}(h, 1, default(ScalarType?));", "var y = functional.softmax(h, 1, ScalarType.Float32);")]
    [InlineData("var y = special.{|PRC1001:softmax|}(h, 1, (ScalarType?)null);", "var y = special.softmax(h, 1, ScalarType.Float32);")]
    [InlineData("var y = h.{|PRC1001:softmax|}(0).{|PRC1001:softmax|}(1);", "var y = h.softmax(0, dtype: ScalarType.Float32).softmax(1);")]
    [InlineData("var y = functional.{|PRC1001:softmax|}({|PRC1003:exp|}(h), 1);", "var y = functional.softmax(exp(h.to(ScalarType.Float32)), 1, dtype: ScalarType.Float32);")]
    [InlineData("var y = functional.{|PRC1001:softmax|}(functional.{|PRC1001:softmax|}(h, 0), 1);", "var y = functional.softmax(functional.softmax(h, 0, dtype: ScalarType.Float32), 1, dtype: ScalarType.Float32);")]
    public Task It_goes_over_to_float32(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod("var h = x.half();", before), InMethod("var h = x.half();", after), test =>
        {
            if (before.Contains("(0).", StringComparison.Ordinal))
            {
                // One by one, the first repair is the second's too; all at once, each call is repaired where it stands.
                test.BatchFixedCode = Infrastructure.TestReferences.Usings
                    + InMethod("var h = x.half();", "var y = h.softmax(0, dtype: ScalarType.Float32).softmax(1, dtype: ScalarType.Float32);");
                test.NumberOfIncrementalIterations = 1;
            }
        });

    [Theory]
    [InlineData("var y = x.softmax(-1);")]
    [InlineData("var y = h.softmax(-1, dtype: ScalarType.Float32); y = h.softmax(-1, float64);")]
    [InlineData("var y = h.@float().softmax(-1);")]
    [InlineData("var g = b ? x.half() : x; var y = g.softmax(-1);")]
    [InlineData("var y = h.relu(); y = functional.gelu(h);")]
    [InlineData("var y = Softmax(1).call(w);")]
    [InlineData("Func<Tensor, Tensor> f = t => t.softmax(-1);")]
    public Task Softmax_of_another_value_is_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Theory]
    [InlineData("BFloat16")]
    [InlineData("Auto")]
    public Task In_a_region_only_a_CPU_computes_it_in_16_bit(string dtype) => Rule.Verify(
        $$"""
        [MixedPrecision(Dtype.{{dtype}})]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x).{|#0:softmax|}(-1);
        }
        """,
        test => test.ExpectedDiagnostics.Add(Expect.Info("PRC1001")));

    [Fact]
    public Task In_true_16_bit_it_is_a_warning_everywhere() => Rule.Verify(
        """
        [MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x).{|PRC1001:softmax|}(-1);
        }
        """);
}
