using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Optim;

public sealed class FusedSGDTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0, 0, 0, false, false)]
    [InlineData(0, 0, 0.1, false, true)]
    [InlineData(0.9, 0, 0.1, false, false)]
    [InlineData(0.9, 0.3, 0, false, false)]
    [InlineData(0.9, 0.3, 0.1, false, true)]
    [InlineData(0.9, 0, 0.1, true, false)]
    [InlineData(0.8, 0, 0, true, true)]
    public void Equals_the_definition(double momentum, double dampening, double weightDecay, bool nesterov, bool maximize)
    {
        var fixture = new OptimizerFixture();
        using var optimizer = new FusedSGD(fixture.Parameters, 0.05, momentum, dampening, weightDecay, nesterov, maximize);
        for (var step = 0; step < 8; step++)
        {
            var gradients = fixture.SetGradients(without: step switch { 0 => [1], 1 => [4], 5 => [0, 3], _ => null });
            optimizer.step();
            Step(fixture, gradients, momentum, dampening, weightDecay, nesterov, maximize);
        }

        fixture.AssertEqual();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.9, 0)]
    [InlineData(0.9, 0.4)]
    public void A_skipped_step_changes_nothing_also_when_it_is_the_first(double momentum, double dampening)
    {
        var fixture = new OptimizerFixture();
        using var optimizer = new FusedSGD(fixture.Parameters, 0.05, momentum, dampening);
        for (var step = 0; step < 7; step++)
        {
            var skip = step is 0 or 1 or 4;
            var gradients = fixture.SetGradients(without: step is 2 ? [0] : null, scale: skip ? float.NaN : 64);
            optimizer.grad_scale = tensor(64f);
            optimizer.found_inf = tensor(skip ? 1f : 0f);
            optimizer.step();
            if (!skip)
            {
                Step(fixture, gradients, momentum, dampening, 0, false, false);
            }
        }

        fixture.AssertEqual();
    }

    [Fact]
    public void One_dispatcher_call_a_step_whatever_the_number_of_parameters()
    {
        foreach (var n in (int[])[1, 200])
        {
            var parameters = Enumerable.Range(0, n).Select(_ => nn.Parameter(randn(3))).ToArray();
            using var optimizer = new FusedSGD(parameters, momentum: 0.9);
            foreach (var parameter in parameters)
            {
                parameter.grad = ones(3);
            }

            var before = DispatcherCall.Count;
            optimizer.step();
            Assert.Equal(1, DispatcherCall.Count - before);
        }
    }

    [Fact]
    public void A_failed_first_step_leaves_no_momentum()
    {
        var parameter = nn.Parameter(zeros(3));
        using var optimizer = new FusedSGD([parameter], lr: 1, momentum: 0.9, dampening: 0.5);
        parameter.grad = ones(3, dtype: float64);
        Assert.Throws<ArgumentException>(() => optimizer.step());
        parameter.grad = ones(3);

        optimizer.step();

        Assert.Equal(-1, parameter[0].item<float>());
    }

    [Fact]
    public void Nesterov_without_momentum_or_with_dampening_is_refused()
    {
        var parameter = nn.Parameter(zeros(3));
        Assert.Throws<ArgumentException>(() => new FusedSGD([parameter], nesterov: true));
        Assert.Throws<ArgumentException>(() => new FusedSGD([parameter], momentum: 0.9, dampening: 0.1, nesterov: true));
    }

    private static void Step(
        OptimizerFixture fixture, double[]?[] gradients, double momentum, double dampening, double weightDecay, bool nesterov, bool maximize)
    {
        for (var i = 0; i < gradients.Length; i++)
        {
            if (gradients[i] is { } gradient)
            {
                fixture.References[i].Sgd(gradient, 0.05, momentum, dampening, weightDecay, nesterov, maximize);
            }
        }
    }
}
