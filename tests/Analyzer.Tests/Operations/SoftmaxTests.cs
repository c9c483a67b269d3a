using Precision.Generator.Rules.Operations;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Operations.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Operations;

/// <summary>PRC1001.</summary>
public class SoftmaxTests
{
    private static string InMethod(string body) => $$"""static class C { static void M(Tensor x, bool b) { {{body}} } }""";

    [Theory]
    [InlineData("var y = x.half().{|PRC1001:softmax|}(-1);")]
    [InlineData("var y = nn.functional.{|PRC1001:log_softmax|}(x.bfloat16(), -1);")]
    [InlineData("var h = x.to(ScalarType.BFloat16); var y = torch.{|PRC1001:softmax|}(h * 2f, 1);")]
    [InlineData("var h = b ? x.half() : x.to_type(float16); var y = special.{|PRC1001:softmax|}(h, 1);")]
    [InlineData("var h = zeros(3, 4, dtype: ScalarType.Float16); foreach (var i in new[] { 1, 2 }) { h = h + 1; } var y = Softmax(1).{|PRC1001:call|}(h);")]
    [InlineData("var y = x?.half().{|PRC1001:softmax|}(-1);")]
    public Task Softmax_of_a_16_bit_value_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var y = x.softmax(-1);")]
    [InlineData("var y = x.half().softmax(-1, dtype: ScalarType.Float32);")]
    [InlineData("var y = x.half().@float().softmax(-1);")]
    [InlineData("var h = b ? x.half() : x; var y = h.softmax(-1);")]
    [InlineData("var y = x.half().relu();")]
    public Task Softmax_of_another_value_is_not(string body) => Rule.Verify(InMethod(body));

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
        test => test.ExpectedDiagnostics.Add(new Microsoft.CodeAnalysis.Testing.DiagnosticResult("PRC1001", Microsoft.CodeAnalysis.DiagnosticSeverity.Info)
            .WithLocation(0).WithOptions(Microsoft.CodeAnalysis.Testing.DiagnosticOptions.IgnoreAdditionalLocations)));
}
