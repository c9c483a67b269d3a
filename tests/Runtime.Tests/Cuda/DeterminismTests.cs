using Precision.Runtime.Tests.MasterWeights;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Cuda;

/// <summary>
/// Which CUDA kernels repeat themselves bit for bit, which is what bit-exact resume needs: forward and backward of each operation,
/// again and again on the same input, at sizes that fill the GPU. Those whose name stands in <see cref="Varying"/> add in an order
/// that changes from run to run; docs/checkpoints.md lists them.
/// </summary>
[Collection(SerialTests.Name)]
public class DeterminismTests(ITestOutputHelper output)
{
    private const int Repeats = 20;

    private static readonly ScalarType[] Dtypes = [ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16];

    /// <summary>What was seen to vary (H100, CUDA 13, libtorch 2.11): tried too, and the outcome printed.</summary>
    private static readonly HashSet<(string, ScalarType)> Varying =
    [
        .. from name in new[]
            {
                "attention", "cumsum", "gather gradient", "grid_sample", "index_add", "index_select gradient", "reflection padding",
                "scatter_add", "upsample bilinear",
            }
            from dtype in Dtypes
            select (name, dtype),
        ("causal attention", ScalarType.Float32),
    ];

    private static readonly Dictionary<string, Func<ScalarType, IEnumerable<Tensor>>> Operations = new()
    {
        ["linear"] = dtype => Gradients(x => functional.linear(x, Fixed([768, 768], dtype, seed: 2), Fixed([768], dtype, seed: 3)), dtype, 4096, 768),
        ["bias gradient"] = dtype => Gradients(b => Fixed([16384, 768], dtype, seed: 2) + b, dtype, 768),
        ["weight gradient"] = dtype => Gradients(w => functional.linear(Fixed([16384, 768], dtype, seed: 2), w), dtype, 768, 768),
        ["layer_norm"] = dtype => Gradients(x => functional.layer_norm(x, [768], Fixed([768], dtype, seed: 2)), dtype, 4096, 768),
        ["layer_norm weight gradient"] = dtype => Gradients(w => functional.layer_norm(Fixed([16384, 768], dtype, seed: 2), [768], w), dtype, 768),
        ["group_norm"] = dtype => Gradients(x => functional.group_norm(x, 8), dtype, 32, 64, 28, 28),
        ["batch_norm"] = dtype => Gradients(x => functional.batch_norm(x, null, null, null, null, training: true), dtype, 32, 64, 28, 28),
        ["gelu"] = dtype => Gradients(x => functional.gelu(x), dtype, 4096, 768),
        ["softmax"] = dtype => Gradients(x => functional.softmax(x, 1), dtype, 4096, 768),
        ["sum"] = dtype => [Fixed([4096, 4096], dtype).sum(), Fixed([4096, 4096], dtype).sum(0L)],
        ["cumsum"] = dtype => [Fixed([1 << 20], dtype).cumsum(0)],
        ["cross_entropy"] = dtype => Gradients(x => functional.cross_entropy(x, Indices(4096, 768)), dtype, 4096, 768),
        ["attention"] = dtype => Attention(dtype, causal: false),
        ["causal attention"] = dtype => Attention(dtype, causal: true),
        ["embedding gradient"] = EmbeddingGradient,
        ["index_select gradient"] = dtype => Gradients(x => x.index_select(0, Indices(65536, 1000)), dtype, 1000, 64),
        ["gather gradient"] = dtype => Gradients(x => x.gather(0, Indices(65536, 1000).unsqueeze(1).expand(65536, 64)), dtype, 1000, 64),
        ["index gradient"] = dtype => Gradients(x => x[Indices(65536, 1000)], dtype, 1000, 64),
        ["index_add"] = dtype => [zeros([1000, 64], dtype, device: CUDA).index_add(0, Indices(65536, 1000), Fixed([65536, 64], dtype), 1)],
        ["scatter_add"] = dtype => [zeros([1000], dtype, device: CUDA).scatter_add(0, Indices(1 << 20, 1000), Fixed([1 << 20], dtype))],
        ["conv2d"] = dtype => Gradients(x => functional.conv2d(x, Fixed([64, 64, 3, 3], dtype, seed: 2), padding: [1, 1]), dtype, 32, 64, 28, 28),
        ["conv2d weight gradient"] = dtype => Gradients(w => functional.conv2d(Fixed([32, 64, 28, 28], dtype, seed: 2), w, padding: [1, 1]), dtype, 64, 64, 3, 3),
        ["max_pool2d"] = dtype => Gradients(x => functional.max_pool2d(x, 3, 2), dtype, 32, 64, 28, 28),
        ["adaptive_avg_pool2d"] = dtype => Gradients(x => functional.adaptive_avg_pool2d(x, [5, 5]), dtype, 32, 64, 28, 28),
        ["upsample bilinear"] = dtype => Gradients(x => functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear), dtype, 16, 64, 28, 28),
        ["upsample nearest"] = dtype => Gradients(x => functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest), dtype, 16, 64, 28, 28),
        ["grid_sample"] = dtype => Gradients(x => functional.grid_sample(x, Fixed([16, 64, 64, 2], dtype, seed: 2)), dtype, 16, 16, 28, 28),
        ["reflection padding"] = dtype => Gradients(x => functional.pad(x, [9, 9, 9, 9], PaddingModes.Reflect), dtype, 16, 64, 28, 28),
    };

    public static TheoryData<string, ScalarType> Cases
    {
        get
        {
            var cases = new TheoryData<string, ScalarType>();
            foreach (var name in Operations.Keys)
            {
                foreach (var dtype in Dtypes)
                {
                    cases.Add(name, dtype);
                }
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Kernels_repeat_bit_for_bit_except_those_that_are_listed(string operation, ScalarType dtype)
    {
        Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var expected = Operations[operation](dtype).ToList();
        var varied = 0;
        for (var i = 0; i < Repeats; i++)
        {
            using var repeat = NewDisposeScope();
            varied += Operations[operation](dtype).Zip(expected).All(static pair => Bits.Equal(pair.First, pair.Second)) ? 0 : 1;
        }

        output.WriteLine($"{operation}, {dtype}: {varied} of {Repeats} repeats differed");
        Assert.True(varied == 0 || Varying.Contains((operation, dtype)), $"{operation} in {dtype} differed in {varied} of {Repeats} repeats");
    }

    private static Tensor Fixed(long[] shape, ScalarType dtype, int seed = 1)
    {
        cuda.manual_seed_all(seed);
        return randn(shape, device: CUDA).to(dtype);
    }

    private static Tensor Indices(long count, long below)
    {
        cuda.manual_seed_all(4);
        return randint(below, [count], device: CUDA);
    }

    private static IEnumerable<Tensor> Gradients(Func<Tensor, Tensor> operation, ScalarType dtype, params long[] shape)
    {
        var x = Fixed(shape, dtype).requires_grad_();
        var y = operation(x);
        y.backward([Fixed(y.shape, y.dtype, seed: 5)]);
        return [y.detach(), x.grad!];
    }

    private static IEnumerable<Tensor> EmbeddingGradient(ScalarType dtype)
    {
        using var embedding = Embedding(1000, 768, dtype: dtype, device: CUDA);
        var y = embedding.call(Indices(65536, 1000));
        y.backward([Fixed(y.shape, y.dtype, seed: 5)]);
        return [embedding.weight!.grad!.alias()];
    }

    private static IEnumerable<Tensor> Attention(ScalarType dtype, bool causal)
    {
        var parts = Enumerable.Range(1, 3).Select(seed => Fixed([4, 8, 512, 64], dtype, seed).requires_grad_()).ToList();
        var y = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_casual: causal);
        y.backward([Fixed(y.shape, y.dtype, seed: 5)]);
        return [y.detach(), .. parts.Select(static part => part.grad!)];
    }
}
