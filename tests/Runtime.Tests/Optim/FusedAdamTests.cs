using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Optim;

public sealed class FusedAdamTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<bool, double, bool, bool> Variants()
    {
        var data = new TheoryData<bool, double, bool, bool>();
        foreach (var decoupled in (bool[])[false, true])
        foreach (var weightDecay in (double[])[0, 0.1])
        foreach (var amsgrad in (bool[])[false, true])
        foreach (var maximize in (bool[])[false, true])
        {
            data.Add(decoupled, weightDecay, amsgrad, maximize);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Equals_the_definition(bool decoupled, double weightDecay, bool amsgrad, bool maximize)
    {
        var fixture = new OptimizerFixture();
        using var optimizer = decoupled
            ? new FusedAdamW(fixture.Parameters, 0.01, 0.85, 0.97, 1e-7, weightDecay, amsgrad, maximize)
            : new FusedAdam(fixture.Parameters, 0.01, 0.85, 0.97, 1e-7, weightDecay, amsgrad, maximize);
        for (var step = 0; step < 12; step++)
        {
            // Parameters without a gradient in some steps must not count these.
            var gradients = fixture.SetGradients(without: step switch { 0 => [1], 5 => [0, 3], 6 => [0, 3], 7 => [2], _ => null });
            optimizer.step();
            ForEach(fixture, gradients, (reference, g) =>
                reference.Adam(g, decoupled, 0.01, 0.85, 0.97, 1e-7, weightDecay, amsgrad, maximize));
        }

        fixture.AssertEqual();
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-12)]
    [InlineData(ScalarType.BFloat16, 3e-2)]
    [InlineData(ScalarType.Float16, 4e-3)]
    public void Other_dtypes_equal_the_definition(ScalarType dtype, double tolerance)
    {
        var fixture = new OptimizerFixture(dtype);
        using var optimizer = new FusedAdamW(fixture.Parameters, 0.01, eps: 1e-4);
        for (var step = 0; step < 4; step++)
        {
            var gradients = fixture.SetGradients();
            optimizer.step();
            ForEach(fixture, gradients, (reference, g) => reference.Adam(g, true, 0.01, 0.9, 0.999, 1e-4, 0.01, false, false));
        }

        fixture.AssertEqual(tolerance);
    }

    [Fact]
    public void Defaults_are_PyTorchs()
    {
        var fixture = new OptimizerFixture();
        using var adamw = new FusedAdamW(fixture.Parameters);
        using var adam = new FusedAdam(fixture.Parameters);

        var group = Assert.IsType<FusedAdam.ParamGroup>(Assert.Single(adamw.ParamGroups));
        Assert.Equal((1e-3, 0.9, 0.999, 1e-8, 0.01), (group.LearningRate, group.Options.beta1, group.Options.beta2, group.Options.eps, group.Options.weight_decay));
        Assert.Equal(0.0, ((FusedAdam.ParamGroup)adam.ParamGroups.Single()).Options.weight_decay);
    }

    [Fact]
    public void Groups_have_options_of_their_own()
    {
        var fixture = new OptimizerFixture();
        using var optimizer = new FusedAdamW(
            [
                new FusedAdamW.ParamGroup(fixture.Parameters.Take(2), weight_decay: 0.3),
                new FusedAdamW.ParamGroup(fixture.Parameters.Skip(2), lr: 0.2, beta1: 0.5, amsgrad: true),
            ],
            lr: 0.01,
            weight_decay: 0);
        for (var step = 0; step < 5; step++)
        {
            var gradients = fixture.SetGradients();
            optimizer.step();
            for (var i = 0; i < gradients.Length; i++)
            {
                fixture.References[i].Adam(
                    gradients[i]!, true, i < 2 ? 0.01 : 0.2, i < 2 ? 0.9 : 0.5, 0.999, 1e-8, i < 2 ? 0.3 : 0, i >= 2, false);
            }
        }

        fixture.AssertEqual();
    }

    [Fact]
    public void A_group_added_later_starts_at_its_own_first_step()
    {
        var fixture = new OptimizerFixture();
        using var optimizer = new FusedAdam(fixture.Parameters.Take(3), lr: 0.01);
        for (var step = 0; step < 6; step++)
        {
            if (step == 3)
            {
                optimizer.add_param_group(new FusedAdam.ParamGroup(fixture.Parameters.Skip(3)));
            }

            var gradients = fixture.SetGradients(without: step < 3 ? [3, 4] : null);
            optimizer.step();
            ForEach(fixture, gradients, static (reference, g) => reference.Adam(g, false, 0.01, 0.9, 0.999, 1e-8, 0, false, false));
        }

        fixture.AssertEqual();
    }

    [Fact]
    public void One_dispatcher_call_a_step_whatever_the_number_of_parameters()
    {
        foreach (var n in (int[])[1, 200])
        {
            var parameters = Enumerable.Range(0, n).Select(_ => nn.Parameter(randn(3))).ToArray();
            using var optimizer = new FusedAdamW(parameters);
            foreach (var parameter in parameters)
            {
                parameter.grad = ones(3);
            }

            var before = DispatcherCall.Count;
            optimizer.step();
            Assert.Equal(1, DispatcherCall.Count - before);
            optimizer.zero_grad();
            Assert.Equal(2, DispatcherCall.Count - before);
            Assert.All(parameters, static p => Assert.Equal(0, p.grad!.sum().item<float>()));
        }
    }

    [Fact]
    public void Mixed_dtypes_in_one_group_are_one_call_each()
    {
        var single = nn.Parameter(ones(3));
        var twice = nn.Parameter(ones(3, dtype: float64));
        using var optimizer = new FusedAdamW([single, twice], lr: 0.5, weight_decay: 0);
        single.grad = ones(3);
        twice.grad = ones(3, dtype: float64);
        var before = DispatcherCall.Count;

        optimizer.step();

        Assert.Equal(2, DispatcherCall.Count - before);
        Assert.Equal(0.5, single[0].item<float>(), 1e-6);
        Assert.Equal(0.5, twice[0].item<double>(), 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_skipped_step_changes_nothing(bool amsgrad)
    {
        var fixture = new OptimizerFixture();
        using var optimizer = new FusedAdamW(fixture.Parameters, lr: 0.01, amsgrad: amsgrad);
        for (var step = 0; step < 6; step++)
        {
            var skip = step is 0 or 3;
            var gradients = fixture.SetGradients(without: step is 3 or 4 ? [1] : null, scale: skip ? float.PositiveInfinity : 128);
            optimizer.grad_scale = tensor(128f);
            optimizer.found_inf = tensor(skip ? 1f : 0f);
            optimizer.step();
            if (!skip)
            {
                ForEach(fixture, gradients, (reference, g) => reference.Adam(g, true, 0.01, 0.9, 0.999, 1e-8, 0.01, amsgrad, false));
            }
        }

        fixture.AssertEqual();
        var steps = optimizer.state_dict().State.Select(static s => ((FusedAdam.State)s).step.item<float>()).ToArray();
        Assert.Equal([4f, 3f, 4f, 4f, 4f], steps);
    }

    [Fact]
    public void Gradients_are_unscaled_in_place()
    {
        var parameter = nn.Parameter(ones(40));
        using var optimizer = new FusedAdam([parameter]);
        parameter.grad = full(40, 8f);
        optimizer.grad_scale = tensor(4f);

        optimizer.step();

        Assert.Equal(2, parameter.grad!.max().item<float>());
        Assert.Equal(2, parameter.grad!.min().item<float>());
    }

    [Fact]
    public void A_gradient_with_other_strides_is_read_by_its_elements()
    {
        var parameter = nn.Parameter(zeros(6, 4));
        using var optimizer = new FusedAdam([parameter], lr: 1, beta1: 0, beta2: 0, eps: 1e6);
        var gradient = arange(24, dtype: float32).reshape(4, 6).t();
        parameter.grad = gradient;

        optimizer.step();

        Assert.True(((Tensor)parameter * -1e6).allclose(gradient, 1e-3, 1e-3));
    }

    [Fact]
    public void A_dense_parameter_in_another_order_is_updated()
    {
        var parameter = nn.Parameter(randn(4, 6).t());
        var expected = parameter.detach().clone();
        using var optimizer = new FusedAdamW([parameter], lr: 0.5, weight_decay: 0);
        parameter.grad = ones(6, 4);

        optimizer.step();

        Assert.True(parameter.allclose(expected - 0.5, 1e-5, 1e-6));
    }

    [Fact]
    public void A_closure_is_run_with_gradients()
    {
        var parameter = nn.Parameter(full(1, 3f));
        using var optimizer = new FusedAdam([parameter], lr: 0.5);

        var loss = optimizer.step(() =>
        {
            optimizer.zero_grad();
            var loss = parameter.square().sum();
            loss.backward();
            return loss;
        });

        Assert.Equal(9, loss!.item<float>());
        Assert.Equal(2.5, parameter.item<float>(), 1e-5);
    }

    private static void ForEach(OptimizerFixture fixture, double[]?[] gradients, Action<Reference, double[]> step)
    {
        for (var i = 0; i < gradients.Length; i++)
        {
            if (gradients[i] is { } gradient)
            {
                step(fixture.References[i], gradient);
            }
        }
    }
}
