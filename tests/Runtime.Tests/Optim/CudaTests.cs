using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Optim;

/// <summary>The fused kernels and loss scaling on a GPU.</summary>
[Collection(SerialTests.Name)]
public sealed class CudaTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [SkippableTheory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Adam_equals_the_definition_with_scaling_and_skips(bool decoupled, bool amsgrad)
    {
        Infrastructure.Cuda.Require();
        var fixture = new OptimizerFixture(device: CUDA);
        using var optimizer = decoupled
            ? new FusedAdamW(fixture.Parameters, 0.01, weight_decay: 0.1, amsgrad: amsgrad)
            : new FusedAdam(fixture.Parameters, 0.01, weight_decay: 0.1, amsgrad: amsgrad);
        using var scaler = new GradScaler(1024);
        Train(fixture, optimizer, scaler, (reference, g) =>
            reference.Adam(g, decoupled, 0.01, 0.9, 0.999, 1e-8, 0.1, amsgrad, false));
    }

    [SkippableTheory]
    [InlineData(0, 0, false)]
    [InlineData(0.9, 0, true)]
    [InlineData(0.9, 0.3, false)]
    public void Sgd_equals_the_definition_with_scaling_and_skips(double momentum, double dampening, bool nesterov)
    {
        Infrastructure.Cuda.Require();
        var fixture = new OptimizerFixture(device: CUDA);
        using var optimizer = new FusedSGD(fixture.Parameters, 0.05, momentum, dampening, 0.1, nesterov);
        using var scaler = new GradScaler(1024);
        Train(fixture, optimizer, scaler, (reference, g) => reference.Sgd(g, 0.05, momentum, dampening, 0.1, nesterov, false));
    }

    [SkippableTheory]
    [InlineData(ScalarType.BFloat16, 3e-2)]
    [InlineData(ScalarType.Float16, 4e-3)]
    public void Sgd_updates_16_bit_parameters(ScalarType dtype, double tolerance)
    {
        Infrastructure.Cuda.Require();
        var fixture = new OptimizerFixture(dtype, CUDA);
        using var optimizer = new FusedSGD(fixture.Parameters, 0.05);
        for (var step = 0; step < 3; step++)
        {
            var gradients = fixture.SetGradients();
            optimizer.step();
            Step(fixture, gradients, static (reference, g) => reference.Sgd(g, 0.05, 0, 0, 0, false, false));
        }

        fixture.AssertEqual(tolerance);
    }

    [SkippableFact]
    public void Parameters_on_two_devices_are_scaled_and_stepped()
    {
        Infrastructure.Cuda.Require();
        var onGpu = nn.Parameter(zeros(3, device: CUDA));
        var onCpu = nn.Parameter(zeros(3));
        using var optimizer = new FusedSGD([onGpu, onCpu], lr: 1);
        using var scaler = new GradScaler(8);
        foreach (var bad in (bool[])[false, true])
        {
            scaler.scale(onGpu.sum()).backward();
            scaler.scale(onCpu.sum()).backward();
            if (bad)
            {
                onCpu.grad![0] = float.NaN;
            }

            scaler.step(optimizer);
            scaler.update();
            Assert.Equal(bad, scaler.WasSkipped(optimizer));
            optimizer.zero_grad();
        }

        Assert.Equal(-3, onGpu.sum().item<float>());
        Assert.Equal(-3, onCpu.sum().item<float>());
        Assert.Equal(4, scaler.get_scale());
    }

    [SkippableFact]
    public void Multi_tensor_operators_work_across_dtypes_and_devices()
    {
        Infrastructure.Cuda.Require();
        Tensor[] source = [randn(300, 7, device: CUDA, dtype: bfloat16), randn(11, device: CUDA, dtype: bfloat16)];
        Tensor[] target = [.. source.Select(static s => zeros(s.shape, device: CUDA))];
        Foreach.Copy_(target, source);
        Assert.All(target.Zip(source), static pair => Assert.True(pair.First.Equals(pair.Second.to(float32))));
        Foreach.Mul_(target, full([], 0.5f, device: CUDA));
        var expected = cat([.. source.Select(static s => s.to(float64).flatten())]).norm().item<double>() / 2;
        Assert.Equal(expected, ScriptedForeach.TotalNorm(target).item<float>(), expected * 1e-5);
        ScriptedForeach.Add_(target, source);
        Assert.Equal(expected * 3, ScriptedForeach.TotalNorm(target).item<float>(), expected * 1e-4);
        Foreach.Zero_(target);
        Assert.Equal(0, ScriptedForeach.TotalNorm(target).item<float>());
        Assert.Throws<ArgumentException>(() => Foreach.Mul_(target, tensor(1f)));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_fused_step_with_scaling_does_not_wait_for_the_device(bool unscaleFirst)
    {
        Infrastructure.Cuda.Require();
        var parameters = Enumerable.Range(0, 20).Select(static _ => nn.Parameter(ones(100, device: CUDA))).ToArray();
        using var optimizer = new FusedAdamW(parameters);
        using var scaler = new GradScaler();
        var busy = randn(8192, 8192, device: CUDA);
        for (var step = 0; step < 3; step++)
        {
            var loss = scaler.scale(stack([.. parameters.Select(static p => p.sum())]).sum());
            loss.backward();
            cuda.synchronize();
            Assert.False(Infrastructure.Cuda.IsBusy());
            for (var i = 0; i < 40; i++)
            {
                using var product = busy.mm(busy);
            }

            if (unscaleFirst)
            {
                scaler.unscale_(optimizer);
            }

            scaler.step(optimizer);
            scaler.update();
            optimizer.zero_grad();

            // The first step finds functions and loads kernels.
            if (step > 0)
            {
                Assert.True(Infrastructure.Cuda.IsBusy());
            }
        }
    }

    private static void Train(OptimizerFixture fixture, FusedOptimizer optimizer, GradScaler scaler, Action<Reference, double[]> step)
    {
        scaler.scale(ones(1, device: CUDA));
        var expected = 1024.0;
        for (var i = 0; i < 10; i++)
        {
            var bad = i is 0 or 4;
            var gradients = fixture.SetGradients(
                without: i is 2 ? [1] : null, scale: bad ? float.PositiveInfinity : (float)scaler.get_scale());
            if (i % 2 == 0)
            {
                scaler.unscale_(optimizer);
            }

            scaler.step(optimizer);
            scaler.update();
            expected = bad ? expected / 2 : expected;
            Assert.Equal(bad, scaler.WasSkipped(optimizer));
            Assert.Equal(expected, scaler.get_scale());
            if (!bad)
            {
                Step(fixture, gradients, step);
            }
        }

        fixture.AssertEqual();
    }

    private static void Step(OptimizerFixture fixture, double[]?[] gradients, Action<Reference, double[]> step)
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
