using Rule = Precision.Analyzer.Tests.Infrastructure.Rule<Precision.Generator.Rules.Numerics.OperationAnalyzer>;

namespace Precision.Analyzer.Tests.Numerics;

/// <summary>What the rules say of code that is on the user's lists of operations.</summary>
public class ListedOperationTests
{
    private const string Softmax = "TorchSharp.torch.nn.functional.softmax";

    private static string Model(string helpers, string forward, string policy = "Dtype.BFloat16, Autocast = false") => $$"""
        static class Ops
        {
            {{helpers}}
        }

        [MixedPrecision({{policy}})]
        sealed partial class Model : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            public Model() : base("m") => RegisterComponents();
            private Tensor ForwardCore(Tensor x)
            {
                var y = layer.call(x);
                {{forward}}
            }
        }
        """;

    [Theory]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor Weights(Tensor x) => x.softmax(-1);", "return Ops.Weights(y);")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor Weights(Tensor x) => Inner(x); static Tensor Inner(Tensor x) => x.softmax(-1);", "return Ops.Weights(y);")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor Weights(Tensor x) => x.square().mean([1L]);", "return Ops.Weights(y.half());")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor Weights(Tensor x) => x;", "return Ops.Weights(y).softmax(-1);")]
    [InlineData("[ComputesIn(Dtype.Auto)] public static Tensor Fast(Tensor x) => x.relu();", "return Ops.Fast(y);")]
    [InlineData("public static int None => 0;", "return special.i0(y).softmax(-1);", "TorchSharp.torch.special.i0")]
    [InlineData("public static int None => 0;", "return functional.softmax(y, 1);", Softmax)]
    public Task Float32_by_a_list_is_not_reported(string helpers, string forward, string names = "") => Verify(Model(helpers, forward), "float32", names);

    [Theory]
    [InlineData("public static Tensor Weights(Tensor x) => x.{|PRC1001:softmax|}(-1);", "return Ops.Weights(y);")]
    [InlineData("[ComputesIn(Dtype.Auto)] public static Tensor Fast(Tensor x) => x.{|PRC1001:softmax|}(-1);", "return Ops.Fast(y.@float());")]
    [InlineData("[ComputesIn(Dtype.Auto)] public static Tensor Fast(Tensor x) => x;", "return Ops.Fast(y.@float()).{|PRC1001:softmax|}(-1);")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor Weights(Tensor x) => x.half().{|PRC1001:softmax|}(-1);", "return Ops.Weights(y);")]
    [InlineData("public static int None => 0;", "return functional.{|PRC1001:softmax|}(y.@float(), 1);", Softmax)]
    [InlineData("public static int None => 0;", "return y.@float().{|PRC1002:cumprod|}(0).{|PRC1001:softmax|}(-1);", "TorchSharp.torch.Tensor.cumprod")]
    public Task Sixteen_bit_by_a_list_or_in_spite_of_one_is(string helpers, string forward, string names = "") => Verify(Model(helpers, forward), "lower_precision", names);

    [Theory]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor Scores(Tensor x) => x.matmul(x) / 2;", "return Ops.Scores(y).softmax(-1);")]
    [InlineData("[ComputesIn(Dtype.Float32)] public static Tensor Scores(Tensor x) => x.matmul(x).exp();", "return Ops.Scores(y);")]
    public Task In_a_region_what_a_list_computes_in_float32_is_not_reported(string helpers, string forward)
        => Verify(Model(helpers, forward, "Dtype.Float16"), "float32", "");

    private static Task Verify(string source, string list, string names)
        => Rule.Verify(source, test => test.TestState.AnalyzerConfigFiles.Add(("/.globalconfig", $"is_global = true\nprecision_computes_in_{list} = {names}\n")));
}
