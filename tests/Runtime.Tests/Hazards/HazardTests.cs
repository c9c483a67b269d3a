using System.Runtime.InteropServices;
using Precision.Runtime.Tests.Infrastructure;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

#pragma warning disable PRC1001, PRC1002, PRC1003, PRC1005, PRC1007, PRC1008, PRC1009, PRC1016 // executed here to show why they are reported

namespace Precision.Runtime.Tests.Hazards;

/// <summary>What the rules about 16-bit operations warn of, on libtorch: the value before the repair that a fix makes, and after it.</summary>
public sealed class HazardTests
{
    private const ScalarType Half = ScalarType.Float16;
    private const ScalarType Brain = ScalarType.BFloat16;
    private const ScalarType Full = ScalarType.Float32;

    [Fact]
    public void PRC1001_small_probabilities_become_zero_in_Float16()
    {
        var x = tensor([0f, -20f]).to(Half);
        Assert.Equal(0, Value(functional.softmax(x, 0)[1]));
        Assert.Equal(Math.Exp(-20), Value(functional.softmax(x, 0, dtype: Full)[1]), 1e-12);
    }

    [Fact]
    public void PRC1001_probabilities_do_not_add_up_to_1_in_BFloat16()
    {
        var x = zeros(1000, dtype: Brain);
        Assert.True(Math.Abs(Value(functional.softmax(x, 0).to(ScalarType.Float64).sum()) - 1) > 5e-4);
        Assert.Equal(1, Value(functional.softmax(x, 0, dtype: Full).to(ScalarType.Float64).sum()), 1e-6);
    }

    [Theory]
    [InlineData(Half, 70_000, double.PositiveInfinity)]
    [InlineData(Brain, 257, 256)]
    public void PRC1002_a_sum_overflows_or_is_rounded(ScalarType dtype, long count, double bad)
    {
        var x = ones(count, dtype: dtype);
        Assert.Equal(bad, Value(x.sum()));
        Assert.Equal(count, Value(x.sum(type: Full)));
    }

    [Fact]
    public void PRC1002_a_variance_overflows_in_Float16()
    {
        var x = tensor([0f, 600f]).to(Half);
        Assert.Equal(double.PositiveInfinity, Value(x.var()));
        Assert.Equal(180_000, Value(x.to(Full).var()));
    }

    [Fact]
    public void PRC1003_exp_and_pow_overflow_in_Float16()
    {
        var x = tensor([12f, 300f]).to(Half);
        Assert.Equal(double.PositiveInfinity, Value(x.exp()[0]));
        Assert.Equal(Math.Exp(12), Value(x.to(Full).exp()[0]), 0.1);
        Assert.Equal(double.PositiveInfinity, Value(x.pow(2)[1]));
        Assert.Equal(90_000, Value(x.to(Full).pow(2)[1]));
        Assert.Equal(90_112, Value(x.to(Brain).pow(2)[1])); // BFloat16 has the range, and rounds
    }

    [Fact]
    public void PRC1005_a_loss_overflows_in_Float16()
    {
        var (x, target) = (full(2, 300, dtype: Half), zeros(2, dtype: Half));
        Assert.Equal(double.PositiveInfinity, Value(functional.mse_loss(x, target)));
        Assert.Equal(90_000, Value(functional.mse_loss(x.to(Full), target.to(Full))));
    }

    [Fact]
    public void PRC1005_a_loss_is_rounded_in_BFloat16()
    {
        var (x, target) = (zeros(1, 1000, dtype: Brain), tensor(new long[] { 1 }));
        Assert.True(Math.Abs(Value(functional.cross_entropy(x, target)) - Math.Log(1000)) > 1e-3);
        Assert.Equal(Math.Log(1000), Value(functional.cross_entropy(x.to(Full), target)), 1e-5);
    }

    [Fact]
    public void PRC1007_a_mask_value_outside_the_range_throws()
    {
        var (mask, scores) = (tensor([true, false]), ones(2, dtype: Half));
        Assert.Contains("without overflow", Assert.Throws<ExternalException>(() => scores.masked_fill(mask, -1e9)).Message, StringComparison.Ordinal);
        Assert.Throws<ExternalException>(() => scores.clamp(max: 1e5));
        Assert.Throws<ExternalException>(() => full_like(scores, -1e9));
        Assert.Throws<ExternalException>(() => scores.to(Brain).masked_fill(mask, float.MinValue)); // rounds away from zero, out of BFloat16's range
        Assert.Equal(-65504, Value(scores.masked_fill(mask, finfo(scores.dtype).min)[0]));
    }

    [Fact]
    public void PRC1007_a_constant_outside_the_range_becomes_infinite()
    {
        var x = ones(2, dtype: Half);
        Assert.Equal(double.NegativeInfinity, Value((x + -1e9)[0]));
        Assert.Equal(double.PositiveInfinity, Value(tensor(1e6, dtype: Half)));
        Assert.Equal(-1e9f, Value((x.to(Full) + -1e9)[0]));

        // A row that is masked twice has no number left.
        var masked = where(zeros(2).to(ScalarType.Bool), x, -1e9);
        Assert.True(double.IsNaN(Value(functional.softmax(masked, 0, dtype: Full)[0])));
        Assert.Equal(0.5, Value(functional.softmax(where(zeros(2).to(ScalarType.Bool), x, finfo(x.dtype).min), 0, dtype: Full)[0]));
    }

    [Fact]
    public void PRC1008_an_epsilon_is_zero_in_Float16()
    {
        var x = zeros(2, dtype: Half);
        Assert.Equal(double.NegativeInfinity, Value(log(x + 1e-8)[0]));
        Assert.Equal(Math.Log(1e-8), Value(log(x.to(Full) + 1e-8)[0]), 1e-5);
        Assert.Equal(double.PositiveInfinity, Value(x.clamp(min: 1e-8).reciprocal()[0]));
        Assert.InRange(Value(x.to(Full).clamp(min: 1e-8).reciprocal()[0]), 9.99e7, 1.001e8);
    }

    [Fact]
    public void PRC1008_the_default_epsilon_of_normalize_is_zero_in_Float16()
    {
        var x = zeros(1, 2, dtype: Half);
        Assert.True(double.IsNaN(Value(functional.normalize(x)[0, 0])));
        Assert.Equal(0, Value(functional.normalize(x.to(Full))[0, 0]));
        Assert.True(double.IsNaN(Value(functional.cosine_similarity(x, x))));
        Assert.Equal(0, Value(functional.cosine_similarity(x.to(Full), x.to(Full))));
    }

    [Theory]
    [InlineData(Half)]
    [InlineData(Brain)]
    public void PRC1008_a_bound_just_below_1_is_1(ScalarType dtype)
    {
        var p = ones(2, dtype: dtype);
        Assert.Equal(double.NegativeInfinity, Value(log1p(-p.clamp(max: 1 - 1e-6))[0]));
        Assert.Equal(double.NegativeInfinity, Value(log(1 + 1e-6 - p)[0]));
        Assert.InRange(Value(log1p(-p.to(Full).clamp(max: 1 - 1e-6))[0]), -14, -13);
        Assert.InRange(Value(log(1 + 1e-6 - p.to(Full))[0]), -14, -13);
    }

    [Fact]
    public void PRC1009_matmul_of_two_dtypes_kills_the_process()
    {
        var (mixed, output) = RunMixedProduct(ScalarType.Float32);
        Assert.NotEqual(0, mixed);
        Assert.DoesNotContain(MixedProduct.Survived, output, StringComparison.Ordinal);
        var (same, sameOutput) = RunMixedProduct(ScalarType.BFloat16);
        Assert.Equal((0, MixedProduct.Survived), (same, sameOutput.Trim()));
    }

    [Fact]
    public void PRC1009_other_products_of_two_dtypes_throw()
    {
        var (x, weight) = (ones(1, 2, 2, dtype: Brain), ones(1, 2, 2));
        Assert.Throws<ExternalException>(() => bmm(x, weight));
        Assert.Throws<ExternalException>(() => mm(x[0], weight[0]));
        Assert.Throws<ExternalException>(() => functional.linear(x, weight[0]));
        Assert.Throws<ExternalException>(() => functional.conv1d(x, weight));
        Assert.Throws<ExternalException>(() => einsum("bij,bjk->bik", x, weight));
        Assert.Throws<ExternalException>(() => functional.scaled_dot_product_attention(x, weight, weight));
        Assert.Equal(2, Value(bmm(x.to(Full), weight)[0, 0, 0]));
        Assert.Equal(2, Value(functional.linear(x.to(Full), weight[0])[0, 0, 0]));
    }

    [Theory]
    [InlineData(Half, 70_000, double.PositiveInfinity)]
    [InlineData(Brain, 257, 256)]
    public void PRC1016_a_16_bit_dtype_overflows_or_rounds(ScalarType dtype, long count, double bad)
    {
        var x = ones(count);
        Assert.Equal(bad, Value(x.sum(type: dtype)));
        Assert.Equal(count, Value(x.sum(type: Full)));
    }

    [Fact]
    public void PRC1016_logits_that_differ_become_equal()
    {
        var logits = tensor([7.001f, 7f]);
        Assert.Equal([0.5, 0.5], Values(functional.softmax(logits, 0, dtype: Half)));
        Assert.True(Values(functional.softmax(logits, 0, dtype: Full)) is [> 0.5, < 0.5]);
    }

    private static double Value(Tensor x) => x.to(ScalarType.Float64).item<double>();

    private static double[] Values(Tensor x) => x.to(ScalarType.Float64).data<double>().ToArray();

    private static (int ExitCode, string Output) RunMixedProduct(ScalarType right)
    {
        using var child = ChildProcess.Start(nameof(MixedProduct), right.ToString());
        var errors = child.StandardError.ReadToEndAsync();
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        errors.Wait();
        return (child.ExitCode, output);
    }
}
