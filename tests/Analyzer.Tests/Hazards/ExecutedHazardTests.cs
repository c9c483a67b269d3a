using Precision.Analyzer.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Analyzer.Tests.Hazards;

/// <summary>Programs with a hazard on libtorch: what they give as they are written, and after the fixes of the rule that reports it.</summary>
[Collection(LibTorch.Collection)]
public class ExecutedHazardTests
{
    /// <param name="id">The rule.</param>
    /// <param name="expression">What is computed, of <c>Tensor x</c> with the number 1 in float32.</param>
    /// <param name="bad">What it gives.</param>
    /// <param name="good">What it gives after the fix, and would give in float32.</param>
    [Theory]
    [InlineData("PRC1010", "arange(4096, dtype: ScalarType.BFloat16)[301]", 300, 301)]
    [InlineData("PRC1010", "arange(4096).half()[2049]", 2048, 2049)]
    [InlineData("PRC1010", "(arange(4000, 4004) * x.bfloat16())[3]", 4000, 4003)]
    [InlineData("PRC1010", "(linspace(0, 1000, 1001, dtype: ScalarType.BFloat16)[1000] - linspace(0, 1000, 1001, dtype: ScalarType.BFloat16)[999])", 0, 1)]
    [InlineData("PRC1010", "x.expand(2050).index_select(0, arange(2050).half().to(ScalarType.Int64)).numel() * (arange(2050).half().to(ScalarType.Int64)[2049])", 2050 * 2048, 2050 * 2049)]
    [InlineData("PRC1018", "(arange(200).bfloat16() * (0.7265625 * x).bfloat16()).sin()[199]", 0.4677, 0.0726)] // the product is 144.586, in BFloat16 145
    public async Task The_fix_of_an_expression_gives_what_float32_gives(string id, string expression, double bad, double good)
    {
        var before = await RuleCompilation.Create($"{TestReferences.Usings}public static class P {{ public static Tensor Run(Tensor x) => {expression}; }}");
        Assert.Contains(before.Diagnostics, diagnostic => diagnostic.Id == id);
        var after = await FixedSource.All(before, id);
        Assert.DoesNotContain(after.Diagnostics, diagnostic => diagnostic.Id == id);
        Assert.Equal(bad, Run(before), Tolerance(bad));
        Assert.Equal(good, Run(after), Tolerance(good));
        Assert.True(Math.Abs(bad - good) > 2 * Math.Max(Tolerance(bad), Tolerance(good)));
    }

    /// <summary>Sums, counts and averages over 4000 steps.</summary>
    [Theory]
    [InlineData("var n = zeros(1, dtype: ScalarType.BFloat16); for (var i = 0; i < 4000; i++) { n.add_(1); } return n;", 256, 4000)]
    [InlineData("var n = zeros(1, dtype: ScalarType.Float16); for (var i = 0; i < 4000; i++) { n += 1; } return n;", 2048, 4000)]
    [InlineData("var loss = zeros(1, dtype: ScalarType.BFloat16); for (var i = 0; i < 4000; i++) { loss = loss + x.bfloat16().mean(); } return loss;", 256, 4000)]
    [InlineData("var average = zeros(1, dtype: ScalarType.BFloat16); for (var i = 0; i < 4000; i++) { average.mul_(0.998).add_(x, alpha: 0.002); } return average;", 0.252, 0.9997)]
    [InlineData("var average = zeros(1, dtype: ScalarType.BFloat16); for (var i = 0; i < 4000; i++) { average.lerp_(x.bfloat16(), 0.002); } return average;", 0.5, 0.9997)]
    public async Task PRC1011_sums_stop_and_averages_stay_behind(string body, double bad, double good)
    {
        var before = await RuleCompilation.Create($"{TestReferences.Usings}public static class P {{ public static Tensor Run(Tensor x) {{ {body} }} }}");
        Assert.Contains(before.Diagnostics, static diagnostic => diagnostic.Id == "PRC1011");
        var after = await FixedSource.All(before, "PRC1011");
        Assert.Empty(after.Diagnostics);
        Assert.Equal(bad, Run(before), Tolerance(bad));
        Assert.Equal(good, Run(after), Tolerance(good));
    }

    /// <summary>The count of a codebook's entries, a buffer of the model.</summary>
    [Fact]
    public async Task PRC1011_a_moving_average_in_a_buffer_stays_behind_until_it_is_marked()
    {
        var before = await RuleCompilation.Create(TestReferences.Usings + """
            [MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
            public sealed partial class P : Module<Tensor, Tensor>
            {
                private readonly Tensor size = full(1, 1000f);
                public P() : base("p") { register_buffer("size", size); RegisterComponents(); }
                private Tensor ForwardCore(Tensor x)
                {
                    for (var i = 0; i < 2000; i++) { using (no_grad()) size.mul_(0.999).add_(full(1, 900f), alpha: 0.001); }
                    return size + 0;
                }
            }
            """);
        Assert.Equal(["PRC1011"], before.Diagnostics.Select(static diagnostic => diagnostic.Id));
        var after = await FixedSource.All(before, "PRC1011");
        Assert.Empty(after.Diagnostics);
        using var scope = NewDisposeScope();
        Assert.Equal(1000, Forward(before).ToDouble());
        Assert.Equal(900 + (100 * Math.Pow(0.999, 2000)), Forward(after).ToDouble(), 0.1);
    }

    /// <summary>Whole numbers are exact; others are given with 4 digits, and may be rounded to BFloat16.</summary>
    private static double Tolerance(double number) => number == Math.Round(number) ? 0 : 0.003;

    /// <summary>A table of rotary frequencies that the storage of a model rounds; after the fix all angles are as in float32.</summary>
    [Theory]
    [InlineData("Dtype.BFloat16, Parameters = Dtype.BFloat16")]
    [InlineData("Dtype.BFloat16, Parameters = Dtype.BFloat16, Autocast = false")]
    public async Task PRC1018_stored_frequencies_turn_by_other_angles_until_they_are_marked(string annotation)
    {
        var before = await RuleCompilation.Create(TestReferences.Usings + $$"""
            [MixedPrecision({{annotation}}, Output = Dtype.Float32)]
            public sealed partial class P : Module<Tensor, Tensor>
            {
                private readonly Tensor inverse = pow(10000.0, -arange(0, 32, 2, dtype: ScalarType.Float32) / 32);
                public P() : base("p") { register_buffer("inverse", inverse); RegisterComponents(); }
                private Tensor ForwardCore(Tensor x) => outer(arange(4096, dtype: ScalarType.Float32), inverse).cos();
            }
            """);
        Assert.Equal(["PRC1018"], before.Diagnostics.Select(static diagnostic => diagnostic.Id));
        var after = await FixedSource.All(before, "PRC1018");
        Assert.Empty(after.Diagnostics);
        using var scope = NewDisposeScope();
        var expected = outer(arange(4096, dtype: ScalarType.Float32), pow(10000.0, -arange(0, 32, 2, dtype: ScalarType.Float32) / 32)).cos();
        Assert.InRange((Forward(before) - expected).abs().max().ToDouble(), 0.5, 2);
        Assert.InRange((Forward(after) - expected).abs().max().ToDouble(), 0, 1e-5);
    }

    /// <summary>A model's result after its storage was converted.</summary>
    private static Tensor Forward(RuleCompilation compilation)
    {
        Assert.Empty(compilation.CompilerErrors);
        var model = (nn.Module<Tensor, Tensor>)Activator.CreateInstance(compilation.Load().GetType("P")!)!;
        ((IMixedPrecisionModule)model).CreateMasterWeights();
        return model.call(ones(1)).to(float32);
    }

    private static double Run(RuleCompilation compilation)
    {
        Assert.Empty(compilation.CompilerErrors);
        using var scope = NewDisposeScope();
        var run = compilation.Load().GetType("P")!.GetMethod("Run")!.CreateDelegate<Func<Tensor, Tensor>>();
        return run(ones(1)).to(float64).ToDouble();
    }
}
