using Precision.CodeFixes.Numerics;
using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>PRC1005.</summary>
public class LossTests() : InputRuleTests("PRC1005", "functional.[|mse_loss|](h, h)")
{
    private static string InMethod(string body)
        => $$"""static class C { static void M(Tensor x, Tensor target) { var h = x.half(); var b = x.bfloat16(); {{body}} } }""";

    [Theory]
    [InlineData("var y = functional.{|PRC1005:cross_entropy|}(h, target);")]
    [InlineData("var y = functional.{|PRC1005:cross_entropy|}(b, target, reduction: Reduction.Sum);")]
    [InlineData("var y = functional.{|PRC1005:mse_loss|}(h, h);")]
    [InlineData("var y = functional.{|PRC1005:nll_loss|}(b, target);")]
    [InlineData("var y = CrossEntropyLoss().{|PRC1005:call|}(h, target);")]
    [InlineData("var loss = MSELoss(); var y = loss.{|PRC1005:forward|}(b, b);")]
    [InlineData("var y = functional.{|PRC1005:kl_div|}(input: b, target: b);")]
    [InlineData("var y = functional.{|PRC1005:binary_cross_entropy_with_logits|}(h, h);")]
    public Task A_loss_on_16_bit_values_is_reported(string body) => Rule.Verify(InMethod(body));

    [Theory]
    [InlineData("var y = functional.{|PRC1005:cross_entropy|}(h, target);", "var y = functional.cross_entropy(h.to(ScalarType.Float32), target);")]
    [InlineData("var y = MSELoss().{|PRC1005:call|}(b, b);", "var y = MSELoss().call(b.to(ScalarType.Float32), b.to(ScalarType.Float32));")]
    public Task It_goes_over_to_float32(string before, string after)
        => Rule.VerifyFix<ComputeInFloat32CodeFix>(InMethod(before), InMethod(after));

    [Theory]
    [InlineData("var y = functional.cross_entropy(x, target);")]
    [InlineData("var y = functional.cross_entropy(h.@float(), target);")]
    [InlineData("var y = functional.cross_entropy(b.to(ScalarType.Float32), target);")]
    [InlineData("var y = CrossEntropyLoss().call(x, target);")]
    [InlineData("var y = h.relu();")]
    [InlineData("var y = Other.cross_entropy(h, target);")]
    [InlineData("Func<Tensor, Tensor> loss = t => functional.mse_loss(t, target); var y = loss;")]
    [InlineData("var y = target is null ? x : h; y = functional.mse_loss(y, y);")]
    [InlineData("var model = new Model(); var y = functional.cross_entropy(model.call(h), target);")]
    [InlineData("\n#pragma warning disable PRC1005\nvar y = functional.mse_loss(h, h);")]
    public Task Another_loss_is_not(string body) => Rule.Verify(
        InMethod(body) + """

        static class Other { public static Tensor cross_entropy(Tensor x, Tensor target) => x; }
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class Model() : Module<Tensor, Tensor>("model")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x) => layer.call(x);
        }
        """);

    [Fact]
    public Task In_a_region_losses_are_float32() => Rule.Verify(
        """
        [MixedPrecision(Dtype.BFloat16)]
        sealed partial class C() : Module<Tensor, Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x, Tensor target) => functional.cross_entropy(layer.call(x), target);
        }
        """);

    [Fact]
    public Task In_true_16_bit_they_are_not() => Rule.Verify(
        """
        [MixedPrecision(Dtype.BFloat16, Autocast = false)]
        sealed partial class C() : Module<Tensor, Tensor, Tensor>("c")
        {
            private readonly Linear layer = Linear(4, 4);
            private Tensor ForwardCore(Tensor x, Tensor target) => functional.{|PRC1005:cross_entropy|}(layer.call(x), target);
        }
        """);
}
