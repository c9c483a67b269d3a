using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Generated;

/// <summary>Models that the generator completed in this project, as in a user's.</summary>
public class GeneratedForwardTests
{
    private static Tensor Input() => rand(5, 2, 4);

    [Fact]
    public void Every_way_to_run_a_model_goes_through_its_region()
    {
        using var scope = NewDisposeScope();
        var model = new ConvolutionalModel();
        var reference = (Module<Tensor, Tensor>)model;
        foreach (var run in new Func<Tensor, Tensor>[]
        {
            model.forward, model.call, reference.forward, reference.call, Sequential(model).forward, Sequential(("m", model)).call,
        })
        {
            var result = run(Input());
            Assert.Equal(ScalarType.BFloat16, model.Inside);
            Assert.Equal(ScalarType.Float32, result.dtype);
            Assert.False(Autocast.IsEnabled(CPU));
        }
    }

    [Fact]
    public void The_result_agrees_with_float32_and_so_do_the_gradients()
    {
        using var scope = NewDisposeScope();
        var model = new ConvolutionalModel();
        var x = Input();
        var result = model.call(x);
        result.sum().backward();
        var gradients = model.parameters().Select(parameter => parameter.grad!.clone()).ToArray();
        model.zero_grad();
        model.PrecisionPolicy = PrecisionPolicy.Float32;
        var expected = model.call(x);
        Assert.Equal(ScalarType.Float32, model.Inside);
        expected.sum().backward();

        // bfloat16 has 8 significant bits: 2^-8 for each of a handful of roundings on the way.
        Assert.InRange(RelativeError(expected, result), 1e-6, 2e-2);
        foreach (var (gradient, parameter) in gradients.Zip(model.parameters()))
        {
            Assert.Equal(ScalarType.Float32, gradient.dtype);
            Assert.InRange(RelativeError(parameter.grad!, gradient), 0, 2e-2);
        }

        static double RelativeError(Tensor expected, Tensor actual)
            => ((expected - actual).norm() / expected.norm()).ToDouble();
    }

    [Fact]
    public void An_exception_in_the_forward_leaves_the_region()
    {
        using var scope = NewDisposeScope();
        var model = new ConvolutionalModel { Fault = new InvalidOperationException("inside") };
        Assert.Same(model.Fault, Assert.Throws<InvalidOperationException>(() => model.call(Input())));
        Assert.Equal(ScalarType.BFloat16, model.Inside);
        Assert.False(Autocast.IsEnabled(CPU));

        // Also the count of running forwards: the next one is the outermost again.
        model.Fault = null;
        Assert.Equal(ScalarType.Float32, model.call(Input()).dtype);
    }

    [Fact]
    public void Only_the_outermost_forward_returns_float32()
    {
        using var scope = NewDisposeScope();
        var model = new OuterModel();
        Assert.Equal(ScalarType.Float32, model.call(Input()).dtype);
        Assert.Equal(ScalarType.BFloat16, model.FromInner);
    }

    [Theory]
    [InlineData(Dtype.Unspecified, ScalarType.Float32)]
    [InlineData(Dtype.Float32, ScalarType.Float32)]
    [InlineData(Dtype.BFloat16, ScalarType.BFloat16)]
    [InlineData(Dtype.Float16, ScalarType.Float16)]
    public void The_output_dtype_is_the_policys(Dtype output, ScalarType expected)
    {
        using var scope = NewDisposeScope();
        var model = new ConvolutionalModel();
        model.PrecisionPolicy = model.PrecisionPolicy with { Output = output };
        Assert.Equal(expected, model.call(Input()).dtype);
    }

    [Theory]
    [InlineData(Dtype.BFloat16, ScalarType.BFloat16)]
    [InlineData(Dtype.Float16, ScalarType.Float16)]
    [InlineData(Dtype.Float32, ScalarType.Float32)]
    public void The_policy_of_one_model_changes_without_recompiling(Dtype compute, ScalarType expected)
    {
        using var scope = NewDisposeScope();
        var (changed, other) = (new ConvolutionalModel(), new ConvolutionalModel());
        changed.PrecisionPolicy = new PrecisionPolicy(compute);
        changed.call(Input());
        other.call(Input());
        Assert.Equal(expected, changed.Inside);
        Assert.Equal(ScalarType.BFloat16, other.Inside);
    }

    [Fact]
    public void A_policy_that_cannot_work_is_refused_and_the_old_one_stays()
    {
        var model = new ConvolutionalModel();
        var before = model.PrecisionPolicy;
        Assert.Throws<ArgumentException>(() => model.PrecisionPolicy = new PrecisionPolicy(Dtype.BFloat16, Dtype.Float16));
        Assert.Throws<ArgumentNullException>(() => model.PrecisionPolicy = null!);
        Assert.Same(before, model.PrecisionPolicy);
    }

    [Fact]
    public void Training_forwards_after_a_forward_under_no_grad_give_every_parameter_its_gradient()
    {
        using var scope = NewDisposeScope();
        var model = new ConvolutionalModel();
        var outer = Autocast.Enter(CPU, Dtype.BFloat16);
        using (no_grad())
        {
            model.call(Input());
        }

        model.call(Input()).sum().backward();
        outer.Dispose();
        Assert.All(model.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Fact]
    public void Models_on_two_threads_do_not_see_each_other()
    {
        var models = new[] { Dtype.BFloat16, Dtype.Float16, Dtype.Float32 }
            .Select(dtype => new ConvolutionalModel { PrecisionPolicy = new PrecisionPolicy(dtype) })
            .ToArray();
        Parallel.ForEach(Enumerable.Repeat(models, 40).SelectMany(round => round), new ParallelOptions { MaxDegreeOfParallelism = 4 }, model =>
        {
            using var scope = NewDisposeScope();
            Assert.Equal(ScalarType.Float32, model.call(Input()).dtype);
            Assert.Equal(model.PrecisionPolicy.Compute.ToScalarType(), model.Inside);
            Assert.False(Autocast.IsEnabled(CPU));
        });
    }

    [Fact]
    public void Without_tensor_inputs_the_region_is_where_the_parameters_are()
    {
        using var scope = NewDisposeScope();
        var model = new Source();
        Assert.Equal(ScalarType.Float32, model.call(2).dtype);
        Assert.Equal(ScalarType.BFloat16, model.Inside);
    }

    [Fact]
    public void On_the_meta_device_only_shapes_are_computed()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([3, 3], new Source().to(META).call(2).shape);
    }

    [Fact]
    public void Generated_members_are_no_components_of_the_model()
    {
        var model = new ConvolutionalModel();
        Assert.Equal(["convolution.bias", "convolution.weight", "linear.bias", "linear.weight"], model.state_dict().Keys.Order());
        Assert.Equal(2, model.named_children().Count());
        model.to(ScalarType.Float64).to(ScalarType.Float32);
        Assert.Equal(ScalarType.Float32, model.call(Input()).dtype);
    }

    [Fact]
    public void The_wrapper_allocates_nothing()
    {
        using var scope = NewDisposeScope();
        var model = new Identity();
        var x = Input();
        model.forward(x);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            model.forward(x);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
