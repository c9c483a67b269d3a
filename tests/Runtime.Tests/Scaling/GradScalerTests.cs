using Precision.Interop;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Scaling;

public sealed class GradScalerTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Parameter parameter = nn.Parameter(full(4, 2f));

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Scale_multiplies_and_keeps_the_graph()
    {
        using var scaler = new GradScaler(128);

        var scaled = scaler.scale((parameter * 3).sum());
        scaled.backward();

        Assert.Equal(128 * 24, scaled.item<float>());
        Assert.Equal(384, parameter.grad![0].item<float>());
    }

    [Fact]
    public void Scale_takes_several_losses()
    {
        using var scaler = new GradScaler(4);

        var scaled = scaler.scale([tensor(1f), tensor(2f)]).ToArray();

        Assert.Equal([4f, 8f], scaled.Select(static t => t.item<float>()));
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void A_16_bit_scalar_loss_is_scaled_in_float32_where_it_cannot_overflow(ScalarType dtype)
    {
        using var scaler = new GradScaler();
        var scaled = scaler.scale(tensor(8f).to(dtype));
        Assert.Equal(524288, scaled.to(float64).item<double>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_equals_one_without_scaling(bool unscaleFirst)
    {
        foreach (var fused in (bool[])[false, true])
        {
            var weights = nn.Parameter(full(4, 2f));
            using optim.Optimizer optimizer = fused ? new FusedSGD([weights], lr: 0.5) : optim.SGD([weights], 0.5);
            using var scaler = new GradScaler(1024);
            scaler.scale((weights * 3).sum()).backward();
            if (unscaleFirst)
            {
                scaler.unscale_(optimizer);
                Assert.Equal(3, weights.grad![0].item<float>());
                nn.utils.clip_grad_value_([weights], 1);
            }

            scaler.step(optimizer);
            scaler.update();

            Assert.Equal(unscaleFirst ? 1.5 : 0.5, weights[0].item<float>(), 1e-6);
            Assert.False(scaler.WasSkipped(optimizer));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Unscaling_divides_exactly_by_a_scale_that_is_no_power_of_2(bool explicitly)
    {
        using var optimizer = new FusedSGD([parameter], lr: 1);
        using var scaler = new GradScaler(3000);
        scaler.scale((parameter * 7).sum()).backward();
        if (explicitly)
        {
            scaler.unscale_(optimizer);
        }

        scaler.step(optimizer);
        Assert.Equal(-5, parameter[0].item<float>(), 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_non_finite_gradient_skips_the_step(bool unscaleFirst)
    {
        foreach (var fused in (bool[])[false, true])
        foreach (var value in (float[])[float.PositiveInfinity, float.NegativeInfinity, float.NaN])
        {
            var weights = nn.Parameter(full(4, 2f));
            using optim.Optimizer optimizer = fused ? new FusedAdamW([weights], lr: 0.5) : optim.AdamW([weights], 0.5);
            using var scaler = new GradScaler(1024);
            scaler.scale((weights * 3).sum()).backward();
            weights.grad![2] = value;
            if (unscaleFirst)
            {
                scaler.unscale_(optimizer);
            }

            Assert.Null(scaler.step(optimizer));
            Assert.True(scaler.WasSkipped(optimizer));
            scaler.update();
            Assert.True(scaler.WasSkipped(optimizer));

            Assert.True(weights.Equals(full(4, 2f)));
            Assert.Equal(512, scaler.get_scale());
        }
    }

    [Fact]
    public void A_fused_step_may_have_Float16_parameters_others_may_not()
    {
        var weights = nn.Parameter(ones(4, dtype: float16));
        using var fused = new FusedAdamW([weights], lr: 0.25, weight_decay: 0, eps: 1e-4);
        using var plain = optim.SGD([weights], 0.5);
        using var scaler = new GradScaler(8);
        scaler.scale((weights * 3).sum(type: float32)).backward();

        Assert.Contains("Float16 gradients", Assert.Throws<InvalidOperationException>(() => scaler.step(plain)).Message);
        Assert.Contains("Float16 gradients", Assert.Throws<InvalidOperationException>(() => scaler.unscale_(fused)).Message);
        Assert.Equal(24, weights.grad![0].to(float32).item<float>());
        scaler.step(fused);
        Assert.Equal(0.75, weights[0].to(float32).item<float>(), 1e-3);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Gradients_of_other_dtypes_are_unscaled(ScalarType dtype)
    {
        var weights = nn.Parameter(ones(4, dtype: dtype));
        using var optimizer = optim.SGD([weights], 0.5);
        using var scaler = new GradScaler(8);
        scaler.scale((weights * 3).sum()).backward();
        scaler.unscale_(optimizer);
        Assert.Equal(3, weights.grad![0].to(float32).item<float>());
    }

    [Fact]
    public void Sparse_gradients_are_unscaled_and_checked()
    {
        var embedding = nn.Embedding(5, 3, sparse: true);
        using var optimizer = optim.SGD(embedding.parameters(), 1);
        using var scaler = new GradScaler(8);
        var before = embedding.weight!.detach().clone();
        scaler.scale(embedding.call(tensor([1L, 3L])).sum()).backward();
        Assert.True(embedding.weight!.grad!.is_sparse);

        scaler.step(optimizer);
        scaler.update();

        var moved = (before - embedding.weight!).sum(1);
        Assert.True(moved.allclose(tensor([0f, 3f, 0f, 3f, 0f]), 1e-4, 1e-5));
        embedding.zero_grad();
        scaler.scale(embedding.call(tensor([1L])).sum() * float.PositiveInfinity).backward();
        scaler.step(optimizer);
        Assert.True(scaler.WasSkipped(optimizer));
    }

    [Fact]
    public void A_gradient_of_1e_8_survives_Float16_by_scaling()
    {
        foreach (var (scaled, survives) in (ReadOnlySpan<(bool, bool)>)[(false, false), (true, true)])
        {
            var weight = nn.Parameter(ones(1));
            using var optimizer = new FusedSGD([weight], lr: 1e8);
            using var scaler = new GradScaler(enabled: scaled);

            // The float16 product is where a gradient of 1e-8 is 0: float16's smallest number is 6e-8.
            var loss = (weight.to(float16) * tensor(1f, dtype: float16)).to(float32).sum() * 1e-8f;
            scaler.scale(loss).backward();
            scaler.step(optimizer);
            Assert.Equal(survives ? 0 : 1, weight.item<float>(), 0.02);
        }
    }

    [Fact]
    public void A_users_own_grad_scale_is_multiplied_and_put_back()
    {
        using var optimizer = new FusedSGD([parameter], lr: 1);
        using var scaler = new GradScaler(16);
        var own = tensor(4f);
        optimizer.grad_scale = own;
        scaler.scale((parameter * 4).sum()).backward();

        scaler.step(optimizer);

        Assert.Equal(1, parameter[0].item<float>(), 1e-6);
        Assert.Same(own, optimizer.grad_scale);
        Assert.Null(optimizer.found_inf);
    }

    [Fact]
    public void After_unscaling_only_the_users_own_grad_scale_counts()
    {
        using var optimizer = new FusedSGD([parameter], lr: 1);
        using var scaler = new GradScaler(16);
        optimizer.grad_scale = tensor(4f);
        scaler.scale((parameter * 4).sum()).backward();
        scaler.unscale_(optimizer);
        scaler.step(optimizer);
        Assert.Equal(1, parameter[0].item<float>(), 1e-6);
    }

    [Fact]
    public void A_step_that_throws_leaves_optimizer_and_scaler_as_they_were()
    {
        using var optimizer = new FusedSGD([parameter], lr: 1);
        using var scaler = new GradScaler(16);
        scaler.scale((parameter * 4).sum()).backward();
        parameter.grad = ones(4, dtype: float64);
        Assert.Throws<ArgumentException>(() => scaler.step(optimizer));
        Assert.Null(optimizer.grad_scale);
        Assert.Null(optimizer.found_inf);

        parameter.grad = full(4, 16f);
        scaler.step(optimizer);
        Assert.Equal(1, parameter[0].item<float>(), 1e-6);
    }

    [Fact]
    public void Accumulation_scales_every_loss_alike_and_unscales_once()
    {
        using var optimizer = new FusedSGD([parameter], lr: 1);
        using var scaler = new GradScaler(64);
        for (var i = 0; i < 3; i++)
        {
            scaler.scale(parameter.sum() / 3).backward();
        }

        scaler.step(optimizer);
        scaler.update();
        Assert.Equal(1, parameter[0].item<float>(), 1e-6);
    }

    [Fact]
    public void A_gradient_penalty_divides_by_the_scale_itself()
    {
        using var scaler = new GradScaler(64);
        var gradients = autograd.grad([scaler.scale(parameter.square().sum())], [parameter], create_graph: true);
        var norm = (gradients[0] / scaler.get_scale()).square().sum().sqrt();
        Assert.Equal(8, norm.item<float>(), 1e-5);
    }

    [Fact]
    public void Disabled_passes_everything_through()
    {
        using var optimizer = optim.SGD([parameter], 1);
        using var scaler = new GradScaler(growth_factor: 0, enabled: false);
        var loss = parameter.sum();
        IEnumerable<Tensor> losses = [loss];

        Assert.Same(loss, scaler.scale(loss));
        Assert.Same(losses, scaler.scale(losses));
        scaler.unscale_(optimizer);
        scaler.unscale_(optimizer);
        loss.backward();
        parameter.grad![0] = float.PositiveInfinity;
        scaler.step(optimizer);
        scaler.step(optimizer, static () => tensor(1f));
        scaler.update();
        scaler.update(5);
        scaler.update(tensor(5f));
        scaler.load_state_dict(new Dictionary<string, double>());

        Assert.False(scaler.is_enabled());
        Assert.False(scaler.WasSkipped(optimizer));
        Assert.Equal(float.NegativeInfinity, parameter[0].item<float>());
        Assert.Equal(1, scaler.get_scale());
        Assert.Empty(scaler.state_dict());
    }

    [Fact]
    public void Update_sets_a_new_scale_and_begins_anew()
    {
        using var optimizer = new FusedSGD([parameter]);
        using var scaler = new GradScaler(64);
        scaler.scale(parameter.sum()).backward();
        scaler.step(optimizer);
        scaler.update(256);
        Assert.Equal(256, scaler.get_scale());

        scaler.scale(parameter.sum()).backward();
        scaler.step(optimizer);
        var other = tensor([32f]);
        scaler.update(other);
        other.fill_(1);
        Assert.Equal(32, scaler.get_scale());
        scaler.scale(parameter.sum()).backward();
        scaler.step(optimizer);
    }

    [Fact]
    public void The_state_is_PyTorchs_and_continues_exactly()
    {
        using var optimizer = new FusedSGD([parameter]);
        using var original = new GradScaler(64, 3, 0.25, 5);
        Good(original, 3);
        var state = original.state_dict();
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["scale"] = 64, ["growth_factor"] = 3, ["backoff_factor"] = 0.25, ["growth_interval"] = 5, ["_growth_tracker"] = 3,
            },
            state);

        using var fresh = new GradScaler();
        fresh.load_state_dict(state);
        Assert.Equal(64, fresh.get_scale());
        using var used = new GradScaler();
        Good(used, 1);
        used.load_state_dict(state);
        foreach (var scaler in (GradScaler[])[original, fresh, used])
        {
            Good(scaler, 2);
            Assert.Equal(192, scaler.get_scale());
            Assert.Equal((3, 0.25, 5), (scaler.get_growth_factor(), scaler.get_backoff_factor(), scaler.get_growth_interval()));
        }

        void Good(GradScaler scaler, int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                scaler.scale(parameter.sum()).backward();
                scaler.step(optimizer);
                scaler.update();
            }
        }
    }

    [Fact]
    public void Hysteresis_is_in_the_state()
    {
        using var optimizer = new FusedSGD([parameter]);
        using var original = new GradScaler(64, hysteresis: 3);
        Bad(original);
        using var resumed = new GradScaler(64, hysteresis: 3);
        resumed.load_state_dict(original.state_dict());
        Bad(resumed);
        Assert.Equal(64, resumed.get_scale());
        Bad(resumed);
        Assert.Equal(32, resumed.get_scale());

        void Bad(GradScaler scaler)
        {
            scaler.scale(parameter.sum());
            parameter.grad = full(4, float.NaN);
            scaler.step(optimizer);
            scaler.update();
        }
    }

    [Fact]
    public void Calls_a_step_do_not_depend_on_the_number_of_parameters()
    {
        foreach (var unscaleFirst in (bool[])[false, true])
        {
            var counts = new HashSet<long>();
            foreach (var n in (int[])[1, 150])
            {
                var parameters = Enumerable.Range(0, n).Select(_ => nn.Parameter(ones(3))).ToArray();
                using var optimizer = new FusedAdamW(parameters);
                using var scaler = new GradScaler();
                scaler.scale(ones(1));
                foreach (var p in parameters)
                {
                    p.grad = ones(3);
                }

                var before = DispatcherCall.Count;
                if (unscaleFirst)
                {
                    scaler.unscale_(optimizer);
                }

                scaler.step(optimizer);
                scaler.update();
                counts.Add(DispatcherCall.Count - before);
            }

            Assert.Equal([3], counts);
        }
    }

    [Theory]
    [InlineData(0f, 16.0)]
    [InlineData(1f, 8.0)]
    public void Who_checks_and_steps_tells_the_scaler_what_was_found(float found, double expected)
    {
        var parameter = nn.Parameter(ones(4));
        using var optimizer = new FusedSGD([parameter], lr: 1);
        using var scaler = new GradScaler(16);
        scaler.scale(ones(1));
        using var foundInf = tensor(found);
        scaler.Update(optimizer, foundInf);
        Assert.Equal(expected, scaler.get_scale());
        Assert.Equal(found != 0, scaler.WasSkipped(optimizer));
        Assert.False(scaler.HasBegun(optimizer));
    }

    [Fact]
    public void A_check_alone_changes_no_gradient()
    {
        Tensor[] gradients = [ones(3), ones(3, dtype: float16), full(2, 3.0, dtype: float64)];
        Assert.Equal(0, GradientCheck.Check(gradients).item<float>());
        Assert.Equal(1, gradients[1][0].to(float32).item<float>());
        gradients[1][0] = float.NaN;
        Assert.Equal(1, GradientCheck.Check(gradients).item<float>());
    }
}
