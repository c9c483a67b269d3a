using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Generated;

/// <summary>Marked autograd functions on a CPU: the backward runs in the dtype of the forward.</summary>
public class FunctionTests
{
    [Theory]
    [InlineData(Dtype.BFloat16, ScalarType.BFloat16)]
    [InlineData(Dtype.Float16, ScalarType.Float16)]
    [InlineData(Dtype.Float32, ScalarType.Float32)]
    public void A_backward_outside_of_the_region_has_the_dtype_of_the_forward(Dtype dtype, ScalarType expected)
    {
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        var y = InRegion(dtype, () => MarkedProduct.apply(x, weight, observer));
        y.sum().backward();
        Assert.Equal((expected, expected), (observer.Forward, observer.Backward));
        Assert.Equal((ScalarType.Float32, ScalarType.Float32), (x.grad!.dtype, weight.grad!.dtype));
        Assert.False(Autocast.IsEnabled(CPU));
    }

    [Fact]
    public void Outside_of_regions_nothing_changes()
    {
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        MarkedProduct.apply(x, weight, observer).sum().backward();
        Assert.Equal((ScalarType.Float32, ScalarType.Float32, false), (observer.Forward, observer.Backward, observer.BackwardIsOn));
        Assert.True(x.grad!.allclose(weight.sum(1).expand(8, 16), rtol: 1e-4, atol: 1e-4));
    }

    /// <summary>Four roundings to BFloat16 lie between a gradient and the exact one: of two factors, of the loss's gradient and of the product.</summary>
    [Fact]
    public void Gradients_of_several_inputs_and_results_are_those_of_float64_within_bfloat16()
    {
        const double factor = 0.3;
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        var (first, second) = (randn(8, 16), randn(8, 16));
        var results = InRegion(Dtype.BFloat16, () => MarkedProducts.apply(x, weight, factor, observer));
        Assert.All(results, static result => Assert.Equal(ScalarType.BFloat16, result.dtype));
        ((results[0] * first).sum() + (results[1] * second).sum()).backward();
        Assert.Equal(ScalarType.BFloat16, observer.Backward);

        var (exactX, exactWeight) = (Exact(x), Exact(weight));
        ((exactX.matmul(exactWeight) * factor * first).sum() + (exactX.matmul(exactWeight.t()) * second).sum()).backward();
        AssertRounded(x.grad!, exactX.grad!, (Size(first).matmul(Size(weight).t()) * factor) + Size(second).matmul(Size(weight)));
        AssertRounded(weight.grad!, exactWeight.grad!, (Size(x).t().matmul(Size(first)) * factor) + Size(second).t().matmul(Size(x)));

        static Tensor Exact(Tensor tensor) => tensor.detach().to(ScalarType.Float64).requires_grad_();
        static Tensor Size(Tensor tensor) => tensor.detach().to(ScalarType.Float64).abs();
        static void AssertRounded(Tensor gradient, Tensor exact, Tensor size)
        {
            var error = (gradient.to(ScalarType.Float64) - exact).abs() / size;
            Assert.InRange(error.max().ToDouble(), 1e-5, 4 * Math.Pow(2, -8)); // float32 would be nearer
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_backward_in_another_region_or_none_on_another_thread_restores_what_was_there(bool inRegion)
    {
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        var loss = InRegion(Dtype.BFloat16, () => MarkedProduct.apply(x, weight, observer)).sum();
        var state = (false, ScalarType.Float32);
        var thread = new Thread(() =>
        {
            using var onThread = NewDisposeScope();
            using var region = inRegion ? Autocast.Enter(CPU, Dtype.Float16) : default;
#pragma warning disable PRC3002 // that is the question
            loss.backward();
#pragma warning restore PRC3002
            state = (Autocast.IsEnabled(CPU), Autocast.GetDtype(CPU));
        });
        thread.Start();
        thread.Join();
        Assert.Equal((ScalarType.BFloat16, thread.ManagedThreadId), (observer.Backward, observer.BackwardThread));
        Assert.Equal(inRegion, state.Item1);
        Assert.True(!inRegion || state.Item2 is ScalarType.Float16);
        Assert.False(Autocast.IsEnabled(CPU));
    }

    [Fact]
    public void A_forward_without_autocast_has_a_backward_without_also_in_a_region()
    {
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        var loss = MarkedProduct.apply(x, weight, observer).sum();
        InRegion(Dtype.BFloat16, () =>
        {
            loss.backward();
            Assert.True(Autocast.IsEnabled(CPU));
            return loss;
        });
        Assert.Equal((ScalarType.Float32, false), (observer.Backward, observer.BackwardIsOn));
    }

    [Fact]
    public void An_exception_in_either_leaves_the_state_as_it_was()
    {
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        InRegion(Dtype.BFloat16, () => MarkedProduct.apply(x, weight, observer));
        observer.BackwardThrows = true;

        // By hand: out of libtorch an exception ends the process, marked or not.
        using (Autocast.Enter(CPU, Dtype.Float16))
        {
            Assert.Throws<InvalidOperationException>(() => new MarkedProduct().backward(observer.Context!, ones(8, 16)));
            Assert.Equal((true, ScalarType.Float16), (Autocast.IsEnabled(CPU), Autocast.GetDtype(CPU)));
        }

        Assert.True(observer.BackwardIsOn);
        Assert.Throws<InvalidOperationException>(() => new MarkedProduct().backward(observer.Context!, ones(8, 16)));
        Assert.False(Autocast.IsEnabled(CPU));

        observer.ForwardThrows = true;
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            Assert.Throws<InvalidOperationException>(() => MarkedProduct.apply(x, weight, observer));
            Assert.Throws<InvalidOperationException>(() => Float32Product.apply(x.bfloat16(), weight, observer));
            Assert.Equal((true, ScalarType.BFloat16), (Autocast.IsEnabled(CPU), Autocast.GetDtype(CPU)));
        }

        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void Inputs_are_cast_in_a_region_and_the_function_is_float32()
    {
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        using var half = x.detach().bfloat16().requires_grad_();
        object[] given = [half, weight, observer];
        var y = InRegion(Dtype.BFloat16, () => Float32Product.apply(given));
        y.sum().backward();
        Assert.Equal((ScalarType.Float32, ScalarType.Float32, false), (observer.Forward, observer.Backward, observer.BackwardIsOn));
        Assert.Equal([ScalarType.Float32, ScalarType.Float32], observer.Inputs);
        Assert.Equal((ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float32), (y.dtype, half.grad!.dtype, weight.grad!.dtype));
        Assert.Same(half, given[0]);
    }

    [Theory]
    [InlineData(ScalarType.Float64, ScalarType.Float64)]
    [InlineData(ScalarType.Float16, ScalarType.Float32)]
    public void Float64_is_left_alone(ScalarType input, ScalarType expected)
    {
        using var scope = NewDisposeScope();
        var observer = new Observer();
        InRegion(Dtype.BFloat16, () => Float32Product.apply(ones(2, 2, dtype: input), ones(2, 2, dtype: input), observer));
        Assert.Equal([expected, expected], observer.Inputs);
    }

    [Fact]
    public void Without_autocast_inputs_are_not_cast()
    {
        using var scope = NewDisposeScope();
        var observer = new Observer();
        Float32Product.apply(ones(2, 2, dtype: ScalarType.BFloat16), ones(2, 2, dtype: ScalarType.BFloat16), observer);
        Assert.Equal((ScalarType.BFloat16, ScalarType.BFloat16), (observer.Inputs[0], observer.Forward));
        using (Autocast.Disable(CPU))
        {
            Float32Product.apply(ones(2, 2, dtype: ScalarType.BFloat16), ones(2, 2, dtype: ScalarType.BFloat16), observer);
        }

        Assert.Equal(ScalarType.BFloat16, observer.Inputs[0]);
    }

    [Fact]
    public void A_result_may_be_an_input_that_was_cast()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (ones(2, 2, requires_grad: true), ones(2, 2, requires_grad: true));
        var results = InRegion(Dtype.BFloat16, () => Identities.apply(x, y));
        Assert.All(results, static result => Assert.Equal((ScalarType.BFloat16, 4), (result.dtype, result.sum().ToDouble())));
        (results[0] + results[1]).sum().backward();
        Assert.Equal((4, 4), (x.grad!.sum().ToDouble(), y.grad!.sum().ToDouble()));
    }

    /// <summary>What the backward needs, libtorch reads after the forward.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Casts_that_are_not_saved_are_freed_also_after_an_exception(bool saves, bool throws)
    {
        using var scope = NewDisposeScope();
        var (x, weight, observer) = Inputs();
        using var half = x.detach().bfloat16().requires_grad_();
        (observer.SavesInputs, observer.ForwardThrows) = (saves, throws);
        var failure = Record.Exception(() => InRegion(Dtype.BFloat16, () => Float32Product.apply(half, weight, observer)));
        Assert.Equal(throws, failure is InvalidOperationException);
        Assert.Equal([!saves, false], observer.Tensors.Select(static tensor => tensor.IsInvalid));
        Assert.False(half.IsInvalid);
    }

    /// <summary>Gradient checkpointing: the outermost forward on a thread would return float32, and the gradient would not fit.</summary>
    [Fact]
    public void A_model_that_the_backward_runs_again_returns_what_it_returned()
    {
        using var scope = NewDisposeScope();
        using var model = new Checkpointing();
        var x = randn(4, 8, requires_grad: true);
        model.call(x).sum().backward();
        Assert.Equal((ScalarType.BFloat16, ScalarType.BFloat16), (model.Observer.Forward, model.Observer.Backward));
        Assert.NotNull(x.grad);

        // Whoever comes next on this thread is an outer one again.
        Assert.Equal(ScalarType.Float32, new CheckpointedBlock().call(x).dtype);
    }

    [Fact]
    public void Many_threads_with_regions_of_their_own_do_not_meet()
        => Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, static i =>
        {
            using var scope = NewDisposeScope();
            var (x, weight, observer) = Inputs();
            var dtype = i % 2 == 0 ? Dtype.BFloat16 : Dtype.Float32;
            InRegion(dtype, () => MarkedProduct.apply(x, weight, observer)).sum().backward();
            Assert.Equal(dtype.ToScalarType(), observer.Backward);
        });

    internal static (Tensor X, Tensor Weight, Observer Observer) Inputs(Device? device = null)
        => (randn(8, 16, device: device, requires_grad: true), randn(16, 16, device: device, requires_grad: true), new Observer());

    private static T InRegion<T>(Dtype dtype, Func<T> apply)
    {
        using var region = Autocast.Enter(CPU, dtype);
        return apply();
    }
}

/// <summary>What marked functions leave behind.</summary>
[Collection(SerialTests.Name)]
public class FunctionTensorsTests
{
    [Fact]
    public void A_step_leaves_nothing_after_its_dispose_scope()
    {
        using var x = ones(4, 4, requires_grad: true);
        using var weight = ones(4, 4, requires_grad: true);
        Step();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 20; i++)
        {
            Step();
        }

        Assert.Equal(before, Tensor.TotalCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            Tensor loss;
            using (Autocast.Enter(CPU, Dtype.BFloat16))
            {
                loss = MarkedProduct.apply(x, weight, new Observer()).sum()
                    + Float32Product.apply(x.bfloat16(), weight, new Observer()).sum()
                    + MarkedProducts.apply(x, weight, 0.5, new Observer())[0].sum();
            }

            loss.backward();
            x.grad = null;
            weight.grad = null;
        }
    }
}
