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
    [InlineData("PRC1007", "(1 - (x - 1).half()) * -1e9f", double.NegativeInfinity, -65504)]
    [InlineData("PRC1007", "nan_to_num((x / 0).half(), 0, 1e9, -1e9)", double.PositiveInfinity, 65504)]
    [InlineData("PRC1007", "where(x > 0, tensor(-1e9f), x.half())", double.NegativeInfinity, -65504)]
    [InlineData("PRC1008", "1e-8 * ((x - 1).half() + 1e-8).to(ScalarType.Float32).pow(-1)", double.PositiveInfinity, 1)]
    [InlineData("PRC1014", "(x * 300000).var(0, unbiased: false).half() * 0 + (tensor([0f, 600f]).var(0).half() / 180000)", double.PositiveInfinity, 1)]
    [InlineData("PRC1015", "x.mul(256).bfloat16().add_(ones(1))", 256, 257)]
    [InlineData("PRC1015", "x.mul(256).bfloat16().addcmul_(ones(1), ones(1), 1)", 256, 257)]
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
    public Task PRC1011_sums_stop_and_averages_stay_behind(string body, double bad, double good) => The_fix_of_a_body("PRC1011", body, bad, good);

    [Theory]
    [InlineData("PRC1007", "var h = zeros(1).half(); h[0] = 1e9f; return h;", double.PositiveInfinity, 65504)]
    [InlineData("PRC1007", "var h = zeros(1).half(); h[0] = tensor(-1e9f); return h;", double.NegativeInfinity, -65504)]
    [InlineData("PRC1015", "var h = full(1, 256f).bfloat16(); h.add_(ones(1)); return h + 0;", 256, 257)]
    [InlineData("PRC1015", "var h = full(1, 256f).bfloat16() * 1; h.mul_(full(1, 1.0039f)); h.sub_(full(1, 0.5f)); return h;", 256, 256.4984)]
    public async Task The_fix_of_a_body(string id, string body, double bad, double good)
    {
        var before = await RuleCompilation.Create($"{TestReferences.Usings}public static class P {{ public static Tensor Run(Tensor x) {{ {body} }} }}");
        Assert.Contains(before.Diagnostics, diagnostic => diagnostic.Id == id);
        var after = await FixedSource.All(before, id);
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

    /// <summary>A mask in a buffer, of which every row has one at least: NaN where all of a row is infinite.</summary>
    [Theory]
    [InlineData("Tensor mask = full(1, -1e9f);", "register_buffer(\"mask\", mask);")]
    [InlineData("Tensor mask = zeros(1);", "init.constant_(mask, -1e9); register_buffer(\"mask\", mask);")]
    [InlineData("Parameter mask = Parameter(full(1, -1e9f));", "")]
    public async Task PRC1007_a_mask_in_a_member_is_infinite_until_it_is_marked(string member, string statements)
    {
        var before = await RuleCompilation.Create(TestReferences.Usings + $$"""
            [MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16)]
            public sealed partial class P : Module<Tensor, Tensor>
            {
                private readonly {{member}}
                public P() : base("p") { {{statements}} RegisterComponents(); }
                private Tensor ForwardCore(Tensor x) => (x + mask).softmax(-1);
            }
            """);
        Assert.Equal(["PRC1007"], before.Diagnostics.Select(static diagnostic => diagnostic.Id));
        var after = await FixedSource.All(before, "PRC1007");
        Assert.Empty(after.Diagnostics);
        using var scope = NewDisposeScope();
        Assert.Equal(double.NaN, Forward(before).ToDouble());
        Assert.Equal(1, Forward(after).ToDouble());
    }

    /// <summary>A probability of 0.99995 is 1 in Float16, and the loss is what libtorch limits it to.</summary>
    [Fact]
    public async Task PRC1006_a_loss_in_a_field_saturates_until_it_takes_logits()
    {
        var before = await RuleCompilation.Create(TestReferences.Usings + """
            [MixedPrecision(Dtype.Float16, Autocast = false, Output = Dtype.Float32)]
            public sealed partial class P : Module<Tensor, Tensor>
            {
                private readonly BCELoss loss = BCELoss();
                public P() : base("p") => RegisterComponents();
                private Tensor ForwardCore(Tensor x) => loss.call((x * 10).sigmoid(), x * 0);
            }
            """);
        Assert.Equal(["PRC1006"], before.Diagnostics.Select(static diagnostic => diagnostic.Id));
        var after = await FixedSource.All(before, "PRC1006");
        Assert.Empty(after.Diagnostics);
        using var scope = NewDisposeScope();
        Assert.Equal(100, Forward(before).ToDouble());
        Assert.Equal(10, Forward(after).ToDouble(), 0.01);
    }

    /// <summary>Sums of these would be infinite in Float16, and 256 in BFloat16.</summary>
    [Theory]
    [InlineData(ScalarType.Float16, 60000)]
    [InlineData(ScalarType.BFloat16, 1)]
    public void The_mean_of_many_16_bit_numbers_is_right(ScalarType dtype, double number)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(number, full(4096, number, dtype: dtype).mean().to(float64).ToDouble());
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void What_has_no_16_bit_throws(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var matrix = eye(4).to(dtype);
        Func<Tensor>[] operations =
            [() => linalg.svdvals(matrix), () => linalg.cholesky(matrix), () => linalg.inv(matrix), () => fft.fft_(matrix), () => matrix.quantile(tensor(0.5).to(dtype))];
        Assert.All(operations, operation => Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => operation()));
    }

    /// <summary>What a conversion of the module does, after 2000 batches with a mean of 1.</summary>
    [Fact]
    public void PRC1014_running_statistics_in_16_bit_stay_behind()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0.26, Mean(nn.BatchNorm1d(1, momentum: 0.002).bfloat16(), ScalarType.BFloat16) / Mean(nn.BatchNorm1d(1, momentum: 0.002), ScalarType.Float32), 0.05);

        static double Mean(nn.Module<Tensor, Tensor> norm, ScalarType dtype)
        {
            for (var i = 0; i < 2000; i++)
            {
                norm.call((ones(8, 1) + (randn(8, 1) * 0.001)).to(dtype)).Dispose();
            }

            return ((TorchSharp.Modules.BatchNorm1d)norm).running_mean!.to(float32).ToDouble();
        }
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
