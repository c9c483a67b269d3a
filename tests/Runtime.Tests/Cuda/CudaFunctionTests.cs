using Precision.Runtime.Tests.Generated;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Cuda;

/// <summary>Marked autograd functions on a GPU, where a thread of libtorch's own runs the backward.</summary>
public class CudaFunctionTests
{
    [SkippableTheory]
    [InlineData(Dtype.BFloat16, ScalarType.BFloat16)]
    [InlineData(Dtype.Float16, ScalarType.Float16)]
    public void A_backward_has_the_dtype_of_the_forward(Dtype dtype, ScalarType expected)
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var (x, weight, observer) = FunctionTests.Inputs(cuda);
        Tensor loss;
        using (Autocast.Enter(cuda, dtype))
        {
            loss = MarkedProduct.apply(x, weight, observer).sum();
        }

        loss.backward();
        Assert.Equal((expected, expected, true), (observer.Forward, observer.Backward, observer.BackwardIsOn));
        Assert.NotEqual(Environment.CurrentManagedThreadId, observer.BackwardThread);
        Assert.Equal((ScalarType.Float32, ScalarType.Float32), (x.grad!.dtype, weight.grad!.dtype));
        Assert.False(Autocast.IsEnabled(cuda));
    }

    [SkippableFact]
    public void Gradients_are_those_of_float64_within_bfloat16()
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var (x, weight, observer) = FunctionTests.Inputs(cuda);
        List<Tensor> results;
        using (Autocast.Enter(cuda, Dtype.BFloat16))
        {
            results = MarkedProducts.apply(x, weight, 0.5, observer);
        }

        (results[0].sum() + results[1].sum()).backward();
        Assert.Equal(ScalarType.BFloat16, observer.Backward);
        var exact = weight.detach().to(ScalarType.Float64);
        // sum(0) would be sum(ScalarType.Byte): a literal 0 is any enumeration's.
        var transposed = exact.t();
        var error = (x.grad!.to(ScalarType.Float64) - ((exact.sum(1) * 0.5) + transposed.sum(1))).abs() / (exact.abs().sum(1) + transposed.abs().sum(1));
        Assert.InRange(error.max().ToDouble(), 0, 4 * Math.Pow(2, -8));
    }

    /// <summary>The thread runs many backwards, and the next one may have no mark.</summary>
    [SkippableFact]
    public void The_thread_of_libtorch_has_its_own_state_again_afterwards()
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var (x, weight, marked) = FunctionTests.Inputs(cuda);
        var unmarked = new Observer();
        var before = UnmarkedIdentity.apply(x, unmarked);
        Tensor loss;
        using (Autocast.Enter(cuda, Dtype.BFloat16))
        {
            loss = MarkedProduct.apply(before, weight, marked).sum();
        }

        loss.backward();
        Assert.Equal((true, false), (marked.BackwardIsOn, unmarked.BackwardIsOn));
        Assert.Equal(marked.BackwardThread, unmarked.BackwardThread);
    }

    [SkippableFact]
    public void Inputs_are_cast_to_float32_where_autocast_is_on()
    {
        var cuda = Infrastructure.Cuda.Require();
        using var scope = NewDisposeScope();
        var (x, weight, observer) = FunctionTests.Inputs(cuda);
        Tensor loss;
        using (Autocast.Enter(cuda, Dtype.BFloat16))
        {
            loss = Float32Product.apply(x.bfloat16(), weight, observer).sum();
        }

        loss.backward();
        Assert.Equal((ScalarType.Float32, ScalarType.Float32, false), (observer.Forward, observer.Backward, observer.BackwardIsOn));
    }
}
