using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

#pragma warning disable PRC3002 // a backward in the region works too

namespace Precision.Runtime.Tests.FusedOperations;

/// <summary>The fused operations against float64: as plain operations on the CPU, as kernels on a GPU.</summary>
[Collection(SerialTests.Name)]
public class FusedTests
{
    public static TheoryData<string, ScalarType, ScalarType> Places => new()
    {
        { "cpu", ScalarType.Float32, ScalarType.Float32 },
        { "cpu", ScalarType.BFloat16, ScalarType.BFloat16 },
        { "cpu", ScalarType.BFloat16, ScalarType.Float32 },
        { "cuda", ScalarType.Float32, ScalarType.Float32 },
        { "cuda", ScalarType.BFloat16, ScalarType.BFloat16 },
        { "cuda", ScalarType.BFloat16, ScalarType.Float32 },
        { "cuda", ScalarType.Float16, ScalarType.Float16 },
        { "cuda", ScalarType.Float16, ScalarType.Float32 },
    };

    [SkippableTheory]
    [MemberData(nameof(Places))]
    public void Layer_norm_of_a_sum(string place, ScalarType dtype, ScalarType parameters)
    {
        var where = Where(place);
        foreach (var (rows, columns) in new[] { (5L, 8L), (67L, 24L), (300L, 768L), (2500L, 64L), (40L, 1024L), (41L, 1032L), (9L, 4096L), (3L, 8192L), (4L, 12L) })
        {
            long[] shape = [rows, columns], vector = [columns];
            FusedReference.Compare(
                where, dtype, parameters, 2,
                static x => Pair(Fused.add_layer_norm(x[0], x[1], x[2], x[3], x[4])),
                x => Norm(x[0] + x[4] + x[1], x[2], x[3]),
                shape, shape, vector, vector, vector);
            FusedReference.Compare(
                where, dtype, parameters, 2,
                static x => Pair(Fused.add_layer_norm(x[0], x[1], x[2])),
                x => Norm(x[0] + x[1], x[2], null),
                shape, shape, vector);
            FusedReference.Compare(
                where, dtype, parameters, 1,
                static x => [Fused.add_layer_norm(x[0], null, x[1], x[2]).output],
                x => [Norm(x[0], x[1], x[2])[1]],
                shape, vector, vector);
        }

        static Tensor[] Pair((Tensor sum, Tensor output) both) => [both.sum, both.output];
        static Tensor[] Norm(Tensor sum, Tensor weight, Tensor? bias) => [sum, functional.layer_norm(sum, [sum.shape[^1]], weight, bias)];
    }

    [SkippableTheory]
    [MemberData(nameof(Places))]
    public void Gelu_with_bias(string place, ScalarType dtype, ScalarType parameters)
    {
        var where = Where(place);
        foreach (var (rows, columns) in new[] { (1L, 8L), (67L, 24L), (700L, 3072L), (5000L, 40L), (4L, 12L) })
        {
            FusedReference.Compare(
                where, dtype, parameters, 1,
                static x => [Fused.bias_gelu(x[0], x[1])],
                static x => [functional.gelu(x[0] + x[1])],
                [rows, columns], [columns]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Places))]
    public void Linear_taken_apart(string place, ScalarType dtype, ScalarType parameters)
    {
        var where = Where(place);
        foreach (var (rows, features, width, chunks) in new[] { (5L, 16L, 8L, 3), (600L, 64L, 768L, 3), (33L, 8L, 16L, 4), (7L, 16L, 5L, 2), (3L, 8L, 8L, 6) })
        {
            FusedReference.Compare(
                where, dtype, parameters, 1,
                x => Fused.linear_chunk(x[0], x[1] / 8, x[2], chunks),
                x => functional.linear(x[0], x[1] / 8, x[2]).chunk(chunks, -1),
                [2, rows, features], [chunks * width, features], [chunks * width]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Places))]
    public void Cross_entropy_of_a_head(string place, ScalarType dtype, ScalarType parameters)
    {
        // As in Float16 training: gradients of a mean over rows would be below its normal numbers.
        const float lossScale = 8192;
        var where = Where(place);
        (long Rows, long Classes, long? Chunk)[] sizes = place == "cuda"
            ? [(50, 64, null), (300, 50304, null), (300, 50304, 128), (20, 120000, 7), (9, 12, null)]
            : [(50, 64, null), (50, 64, 7), (9, 12, null)];
        foreach (var (rows, classes, chunk) in sizes)
        {
            using var scope = NewDisposeScope();
            var target = randint(classes, rows);
            target[0] = -100;
            target[rows - 1] = classes - 1;
            FusedReference.Compare(
                where, dtype, parameters, 1,
                x => [Fused.linear_cross_entropy(x[0], x[1] / 4, target.to(where), chunk_size: chunk) * lossScale],
                x => [functional.cross_entropy(Rounded(functional.linear(x[0], Rounded(x[1] / 4))), target) * lossScale],
                [rows, 32], [classes, 32]);
        }

        // Weights and logits are 16-bit by definition; what is computed from them is compared.
        Tensor Rounded(Tensor exact) => exact.to(dtype).to(ScalarType.Float64);
    }

    [SkippableTheory]
    [MemberData(nameof(Places))]
    public void Cross_entropy_of_logits(string place, ScalarType dtype, ScalarType parameters)
    {
        const float lossScale = 8192;
        var where = Where(place);
        foreach (var (rows, classes) in new[] { (50L, 64L), (300L, 50304L), (20L, 120000L), (9L, 12L) })
        {
            using var scope = NewDisposeScope();
            var target = randint(classes, rows);
            target[0] = -100;
            target[rows - 1] = classes - 1;
            FusedReference.Compare(
                where, dtype, parameters, 1,
                x => [Fused.cross_entropy(x[0] * 4, target.to(where)) * lossScale],
                x => [functional.cross_entropy((x[0] * 4).to(dtype).to(ScalarType.Float64), target) * lossScale],
                [rows, classes]);
        }
    }

    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("cuda")]
    public void Classes_that_are_ruled_out_and_numbers_that_are_none(string place)
    {
        var where = Where(place);
        using var scope = NewDisposeScope();
        var exact = randn(3, 50304).to(bfloat16).to(ScalarType.Float64);
        var target = tensor(new long[] { 100, 9, 50303 });
        foreach (var width in new[] { 8, 4096, 50000 })
        {
            using var step = NewDisposeScope();
            var masked = exact.clone();
            masked.narrow(1, 0, width).fill_(double.NegativeInfinity);
            masked[TensorIndex.Ellipsis, 100] = 1;
            masked[TensorIndex.Ellipsis, 9] = 2;
            var own = masked.to(bfloat16).to(where).requires_grad_();
            var expected = masked.requires_grad_();
            var loss = Fused.cross_entropy(own, target.to(where));
            loss.backward();
            var expectedLoss = functional.cross_entropy(expected, target);
            expectedLoss.backward();
            Assert.Equal(expectedLoss.item<double>(), loss.item<float>(), 1e-4);
            Assert.True((own.grad!.cpu().to(ScalarType.Float64) - expected.grad!).norm().item<double>() < 1e-2 * expected.grad!.norm().item<double>());
        }

        // Eight numbers that one thread of the kernel has to itself.
        foreach (var bad in new[] { double.NaN, double.PositiveInfinity })
        {
            var logits = exact.to(bfloat16).to(where);
            logits.narrow(1, 8 * 511, 8).fill_(bad);
            Assert.True(float.IsNaN(Fused.cross_entropy(logits, target.to(where)).item<float>()));
        }

        Assert.True(float.IsNaN(Fused.cross_entropy(full_like(exact, double.NegativeInfinity).to(bfloat16).to(where), target.to(where)).item<float>()));
    }

    [SkippableFact]
    public void Logits_may_begin_anywhere_in_memory()
    {
        var where = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        foreach (var rows in new[] { 1, 5 })
        {
            var both = randn(rows, 24, dtype: bfloat16, device: where);
            var target = randint(16, [rows], device: where);
            var view = both.narrow(1, 4, 16).requires_grad_();
            var loss = Fused.cross_entropy(view, target);
            loss.backward();
            Assert.Equal(functional.cross_entropy(both.narrow(1, 4, 16).to(float32), target).item<float>(), loss.item<float>(), 1e-5);
        }
    }

    [SkippableFact]
    public void Logits_that_were_written_after_their_loss_are_refused()
    {
        var where = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var logits = randn(4, 16, dtype: bfloat16, device: where, requires_grad: true) * 1;
        var loss = Fused.cross_entropy(logits, zeros(4, dtype: int64, device: where));
        using (no_grad())
        {
            logits.zero_();
        }

        Assert.ThrowsAny<System.Runtime.InteropServices.ExternalException>(() => loss.backward());
    }

    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("cuda")]
    public void Cross_entropy_goes_back_twice_and_can_be_differentiated_twice(string place)
    {
        var where = Where(place);
        using var scope = NewDisposeScope();
        var x = randn(6, 16).to(bfloat16).to(where);
        var target = tensor(new long[] { 3, 15, -100, 0, 7, 7 }, device: where);
        var own = x.clone().requires_grad_();
        var loss = Fused.cross_entropy(own, target);
        loss.backward(retain_graph: true);
        var once = own.grad!.clone();
        loss.backward();
        Assert.True(own.grad!.allclose(once * 2));

        var (first, second) = Twice(x.clone().requires_grad_(), logits => Fused.cross_entropy(logits, target));
        var (expectedFirst, expectedSecond) = Twice(
            x.to(ScalarType.Float64).requires_grad_(), logits => functional.cross_entropy(logits, target));
        Close(expectedFirst, first);
        Close(expectedSecond, second);

        static (Tensor First, Tensor Second) Twice(Tensor x, Func<Tensor, Tensor> loss)
        {
            var first = autograd.grad([loss(x)], [x], retain_graph: true, create_graph: true)[0];
            return (first, autograd.grad([first.to(ScalarType.Float64).square().sum()], [x])[0]);
        }

        static void Close(Tensor expected, Tensor actual)
        {
            var error = (actual.to(ScalarType.Float64) - expected).norm().item<double>() / expected.norm().item<double>();
            Assert.True(error < 1e-2, $"off by {error:G3}");
        }
    }

    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("cuda")]
    public void A_region_casts_values_and_leaves_parameters(string place)
    {
        var where = Where(place);
        using var scope = NewDisposeScope();
        Tensor New(params long[] shape) => randn(shape, device: where, requires_grad: true);
        var (x, residual, weight, bias, matrix) = (New(6, 16), New(6, 16), New(16), New(16), New(24, 16));
        using (Autocast.Enter(where, Dtype.BFloat16))
        {
            var (sum, output) = Fused.add_layer_norm(x, residual, weight, bias, bias);
            Assert.Equal((ScalarType.BFloat16, ScalarType.BFloat16), (sum.dtype, output.dtype));
            Assert.Equal(ScalarType.BFloat16, Fused.bias_gelu(x, bias).dtype);
            Assert.All(
                Fused.linear_chunk(x, matrix, New(24), 3), static part => Assert.Equal(ScalarType.BFloat16, part.dtype));
            var loss = Fused.linear_cross_entropy(x, matrix, zeros(6, dtype: int64, device: where));
            Assert.Equal(ScalarType.Float32, loss.dtype);
            (loss + output.sum(type: ScalarType.Float32)).backward();
        }

        Assert.All([x, residual, weight, bias, matrix], static tensor => Assert.Equal(ScalarType.Float32, tensor.grad!.dtype));
    }

    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("cuda")]
    public void A_loss_without_gradients_leaves_no_graph_and_a_loss_of_nothing_is_NaN(string place)
    {
        var where = Where(place);
        using var scope = NewDisposeScope();
        var (x, weight) = (randn(4, 8, dtype: bfloat16, device: where), randn(16, 8, dtype: bfloat16, device: where));
        var target = zeros(4, dtype: int64, device: where);
        Assert.False(Fused.linear_cross_entropy(x, weight, target).requires_grad);
        using (no_grad())
        {
            Assert.False(Fused.linear_cross_entropy(x.requires_grad_(), weight, target).requires_grad);
        }

        Assert.True(float.IsNaN(Fused.linear_cross_entropy(x, weight, target - 100).item<float>()));
        var logits = randn(4, 16, dtype: bfloat16, device: where);
        Assert.False(Fused.cross_entropy(logits, target).requires_grad);
        Assert.True(float.IsNaN(Fused.cross_entropy(logits, target - 100).item<float>()));
    }

    [SkippableFact]
    public void A_class_that_does_not_exist_makes_the_loss_NaN_on_a_GPU()
    {
        var where = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var (x, weight) = (randn(4, 8, dtype: bfloat16, device: where), randn(16, 8, dtype: bfloat16, device: where));
        var target = full(4, 16, dtype: int64, device: where);
        Assert.True(float.IsNaN(Fused.linear_cross_entropy(x, weight, target).item<float>()));
        var logits = randn(4, 16, dtype: bfloat16, device: where, requires_grad: true);
        var loss = Fused.cross_entropy(logits, target);
        loss.backward();
        Assert.True(float.IsNaN(loss.item<float>()));
        Assert.True(logits.grad!.isnan().all().item<bool>());
        Assert.Throws<ArgumentException>(() => Fused.cross_entropy(logits, target.cpu()));
        Assert.Throws<ArgumentException>(() => Fused.linear_cross_entropy(x, weight, target.cpu()));
    }

    [SkippableFact]
    public void Kernels_run_on_a_GPU_of_today()
    {
        var where = Infrastructure.Cuda.Require();
        Skip.IfNot(CudaDriver.Describe(0) is { Major: >= 8 }, "This GPU is older than the kernels ask for.");
        Assert.True(Fused.IsAvailable(where));
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_refused_by_name()
    {
        using var scope = NewDisposeScope();
        var x = rand(4, 8);
        Refused("residual", () => Fused.add_layer_norm(x, rand(4, 7), rand(8)));
        Refused("weight", () => Fused.add_layer_norm(x, null, rand(7)));
        Refused("input_bias", () => Fused.add_layer_norm(x, null, rand(8), input_bias: rand(1)));
        Refused("bias", () => Fused.bias_gelu(x, rand(7)));
        Refused("input", () => Fused.bias_gelu(rand(1)[0], rand(7)));
        Refused("weight", () => Fused.linear_chunk(x, rand(6, 7), rand(6), 3));
        Refused("chunks", () => Fused.linear_chunk(x, rand(6, 8), rand(6), 4));
        Refused("weight", () => Fused.linear_cross_entropy(x, rand(6, 7), zeros(4, dtype: int64)));
        Refused("target", () => Fused.linear_cross_entropy(x, rand(6, 8), zeros(4)));
        Refused("target", () => Fused.cross_entropy(x, zeros(3, dtype: int64)));
        Refused("target", () => Fused.cross_entropy(x, zeros(4)));
        Refused("target", () => Fused.cross_entropy(rand(2, 4, 8), zeros(2, 4, dtype: int64)));
        Refused("chunk_size", () => Fused.linear_cross_entropy(x, rand(6, 8), zeros(4, dtype: int64), chunk_size: 0));

        static void Refused(string name, Func<object> call)
            => Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(call).ParamName);
    }

    [Fact]
    public void Sources_are_in_the_assembly()
    {
        foreach (var file in new[] { "common.cu", "layer_norm.cu", "columns.cu", "cross_entropy.cu", "many_tensors.cu" })
        {
            Assert.Contains("__device__", FusedKernels.Source("common.cu") + FusedKernels.Source(file));
        }
    }

    private static Device Where(string place)
        => place == "cuda" ? Infrastructure.Cuda.Require() : CPU;
}
