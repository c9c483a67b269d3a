using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1016.</summary>
public class NamedDtypeTests() : OperationRuleTests("PRC1016", "h.[|sum|](type: ScalarType.Float16)")
{
    [Theory]
    [InlineData("var y = x.{|PRC1016:softmax|}(-1, ScalarType.BFloat16);", "var y = x.softmax(-1, ScalarType.Float32);")]
    [InlineData("var y = functional.{|PRC1016:softmax|}(x, dtype: float16, dim: 1);", "var y = functional.softmax(x, dtype: ScalarType.Float32, dim: 1);")]
    [InlineData("var y = torch.special.{|PRC1016:log_softmax|}(x, 1, torch.bfloat16 /* why? */);", "var y = torch.special.log_softmax(x, 1, ScalarType.Float32 /* why? */);")]
    [InlineData("var y = x.{|PRC1016:sum|}([0], type: ScalarType.Float16);", "var y = x.sum([0], type: ScalarType.Float32);")]
    [InlineData("var y = x.{|PRC1016:cumsum|}(0, ScalarType.BFloat16);", "var y = x.cumsum(0, ScalarType.Float32);")]
    [InlineData("var y = x.{|PRC1016:prod|}(h.dtype);", "var y = x.prod(ScalarType.Float32);")]
    [InlineData("var dtype = ScalarType.Float16; var y = x.{|PRC1016:sum|}(dtype);", "var y = x.sum(ScalarType.Float32);")]
    [InlineData("var dtype = ScalarType.Float16; var y = x.{|PRC1016:sum|}(dtype).to(dtype);", "var dtype = ScalarType.Float16; var y = x.sum(ScalarType.Float32).to(dtype);")]
    [InlineData("var dtype = w.dtype; dtype = ScalarType.Float16; var y = x.{|PRC1016:sum|}(dtype);", "var dtype = w.dtype; dtype = ScalarType.Float16; var y = x.sum(ScalarType.Float32);")]
    [InlineData("var y = x.{|PRC1016:softmax|}(1, ScalarType.Float16).{|PRC1016:sum|}(ScalarType.Float16);", "var y = x.softmax(1, ScalarType.Float32).sum(ScalarType.Float32);")]
    public Task Float32_is_named_instead(string before, string after)
        => Rule.VerifyFix<NameFloat32CodeFix>(InMethod("var h = x.half();", before), InMethod("var h = x.half();", after));

    [Theory]
    [InlineData("var y = x.softmax(-1); y = x.sum();")]
    [InlineData("var y = h.softmax(-1, ScalarType.Float32); y = h.sum(type: float32);")]
    [InlineData("var y = x.softmax(-1, ScalarType.Float64);")]
    [InlineData("var y = x.softmax(-1, null); y = x.softmax(-1, default(ScalarType?));")]
    [InlineData("var y = x.softmax(-1, x.dtype);")] // unknown
    [InlineData("var y = x.softmax(-1, b ? ScalarType.Float16 : ScalarType.Float32);")]
    [InlineData("var y = x.mean([0], type: ScalarType.BFloat16);")] // autocast leaves it alone
    [InlineData("var y = zeros(2, dtype: ScalarType.Float16).to(ScalarType.BFloat16);")]
    [InlineData("var y = functional.softmax(x, 1).to(ScalarType.Float16);")] // rounded afterwards
    [InlineData("Func<ScalarType, Tensor> f = dtype => x.softmax(-1, dtype);")]
    public Task Calls_that_name_no_16_bit_dtype_are_not_reported(string body) => Rule.Verify(InMethod("var h = x.half();", body));

    [Fact]
    public Task In_a_region_it_is_reported_too() => Rule.Verify(
        """
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C() : Module<Tensor, Tensor>("c")
        {
            private Tensor ForwardCore(Tensor x) => x.{|PRC1016:softmax|}(-1, ScalarType.BFloat16);
        }
        """);

    [Fact]
    public Task The_message_names_the_dtype_and_the_remedy() => Rule.Verify(
        InMethod("", "var y = x.{|#0:softmax|}(-1, ScalarType.BFloat16);"),
        test => test.ExpectedDiagnostics.Add(Expect.Message(
            "PRC1016",
            "'softmax' computes in BFloat16 because of its argument 'dtype': probabilities are rounded and small ones lost; omit 'dtype' in a region, or pass 'ScalarType.Float32'")));
}
