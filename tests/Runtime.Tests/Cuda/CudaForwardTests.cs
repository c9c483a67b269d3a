using Precision.Runtime.Tests.Generated;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Cuda;

/// <summary>Regions and generated models on a GPU.</summary>
public class CudaForwardTests
{
    [SkippableTheory]
    [InlineData(Dtype.BFloat16, ScalarType.BFloat16)]
    [InlineData(Dtype.Float16, ScalarType.Float16)]
    public void Inside_a_region_products_are_16_bit_and_what_needs_it_is_float32(Dtype dtype, ScalarType expected)
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var x = rand([4, 4], device: cuda);
        using (Autocast.Enter(cuda, dtype))
        {
            var product = x.matmul(x);
            Assert.Equal(expected, product.dtype);
            Assert.Equal(ScalarType.Float32, product.exp().dtype);
            Assert.Equal(ScalarType.Float32, product.sum().dtype);
            Assert.Equal(ScalarType.Float32, functional.layer_norm(product, [4]).dtype);
            Assert.Equal(expected, product.relu().dtype);
            Assert.False(Autocast.IsEnabled(CPU));
        }

        Assert.Equal(ScalarType.Float32, x.matmul(x).dtype);
    }

    [SkippableFact]
    public void A_generated_model_trains_with_float32_parameters_and_gradients()
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var model = new ConvolutionalModel().to(cuda);
        using (no_grad())
        {
            model.call(rand([5, 2, 4], device: cuda));
        }

        var result = model.call(rand([5, 2, 4], device: cuda));
        result.sum().backward();
        Assert.Equal(ScalarType.BFloat16, model.Inside);
        Assert.Equal(ScalarType.Float32, result.dtype);
        Assert.All(model.parameters(), parameter => Assert.Equal(ScalarType.Float32, parameter.grad!.dtype));
        Assert.False(Autocast.IsEnabled(cuda));
    }

    [SkippableFact]
    public void An_input_on_the_gpu_decides_over_one_on_the_cpu()
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var model = new WithLengths().to(cuda);
        model.call(tensor(new long[] { 2, 3 }), rand([2, 4], device: cuda));
        Assert.Equal(ScalarType.BFloat16, model.Inside);
    }

    [SkippableFact]
    public void Auto_resolves_by_compute_capability()
    {
        var cuda = Infrastructure.Cuda.Require();
        var choice = DtypeResolver.Resolve(cuda);
        Assert.Contains("Compute capability", choice.Reason);
        using var region = Autocast.Enter(cuda, Dtype.Auto);
        Assert.Equal(choice.Dtype.ToScalarType(), Autocast.GetDtype(cuda));
    }

    [SkippableFact]
    public void Models_on_two_threads_do_not_see_each_other()
    {
        var cuda = Infrastructure.Cuda.Require();
        var models = new[] { Dtype.BFloat16, Dtype.Float16, Dtype.Float32 }
            .Select(dtype => new ConvolutionalModel { PrecisionPolicy = new PrecisionPolicy(dtype) }.to(cuda))
            .ToArray();
        Parallel.ForEach(Enumerable.Repeat(models, 20).SelectMany(round => round), new ParallelOptions { MaxDegreeOfParallelism = 4 }, model =>
        {
            using var scope = NewDisposeScope();
            Assert.Equal(ScalarType.Float32, model.call(rand([5, 2, 4], device: cuda)).dtype);
            Assert.Equal(model.PrecisionPolicy.Compute.ToScalarType(), model.Inside);
            Assert.False(Autocast.IsEnabled(cuda));
        });
    }
}

/// <summary>Takes lengths, which stay on the CPU, before its data.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class WithLengths : Module<Tensor, Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Linear linear = Linear(4, 4);

    public WithLengths()
        : base(nameof(WithLengths)) => RegisterComponents();

    /// <summary>The dtype of the last linear layer's output.</summary>
    public ScalarType? Inside { get; private set; }

    private Tensor ForwardCore(Tensor lengths, Tensor x)
    {
        var y = linear.call(x);
        Inside = y.dtype;
        return y;
    }
}
