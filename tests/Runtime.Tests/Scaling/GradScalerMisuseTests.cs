using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

#pragma warning disable PRC2006, PRC2007, PRC2008 // what they throw is tested

namespace Precision.Runtime.Tests.Scaling;

/// <summary>Every misuse has a message of its own, which says what to do, and changes nothing.</summary>
public sealed class GradScalerMisuseTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Parameter parameter = nn.Parameter(full(4, 2f));
    private readonly FusedSGD fused;
    private readonly SGD plain;
    private readonly GradScaler scaler = new(64);

    public GradScalerMisuseTests()
    {
        fused = new FusedSGD([parameter]);
        plain = optim.SGD([parameter], 1e-3);
    }

    public void Dispose()
    {
        fused.Dispose();
        plain.Dispose();
        scaler.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Before_anything_was_scaled()
    {
        Throws<InvalidOperationException>("PRC2008: The loss was not scaled, but 'GradScaler.unscale_(FusedSGD)' divides", () => scaler.unscale_(fused));
        Throws<InvalidOperationException>("PRC2008: The loss was not scaled, but 'GradScaler.step(FusedSGD)' divides", () => scaler.step(fused));
        Throws<InvalidOperationException>("update() was called before scale()", scaler.update);
        Throws<InvalidOperationException>("update() was called before scale()", () => scaler.update(4));
        Throws<InvalidOperationException>("update() was called before scale()", () => scaler.update(tensor(4f)));
        Assert.Equal(64, scaler.get_scale());
    }

    [Fact]
    public void Unscaling_twice()
    {
        foreach (var optimizer in Both())
        {
            Backward();
            scaler.unscale_(optimizer);
            Throws<InvalidOperationException>("PRC2007: 'GradScaler.unscale_' is called twice in a row", () => scaler.unscale_(optimizer));
            Assert.Equal(1, parameter.grad![0].item<float>());
            scaler.step(optimizer);
            scaler.update();
            parameter.grad = null;
        }
    }

    [Fact]
    public void Unscaling_after_the_step()
    {
        foreach (var optimizer in Both())
        {
            Backward();
            scaler.step(optimizer);
            Throws<InvalidOperationException>($"PRC2007: 'GradScaler.unscale_' comes after 'GradScaler.step' of '{optimizer.GetType().Name}'", () => scaler.unscale_(optimizer));
            scaler.update();
        }
    }

    [Fact]
    public void Stepping_twice()
    {
        foreach (var optimizer in Both())
        {
            Backward();
            scaler.step(optimizer);
            Throws<InvalidOperationException>($"PRC2006: 'GradScaler.step' runs for '{optimizer.GetType().Name}' again without 'GradScaler.update'", () => scaler.step(optimizer));
            scaler.update();
        }
    }

    [Fact]
    public void Stepping_without_gradients()
    {
        scaler.scale(ones(1));
        foreach (var optimizer in Both())
        {
            Throws<InvalidOperationException>("No parameter of this optimizer has a gradient", () => scaler.step(optimizer));
        }

        Throws<InvalidOperationException>("No gradients were checked", scaler.update);
    }

    [Fact]
    public void Updating_twice()
    {
        Backward();
        scaler.step(fused);
        scaler.update();
        Throws<InvalidOperationException>("PRC2007: 'GradScaler.update' is called twice in a row", scaler.update);
    }

    [Fact]
    public void Updating_after_a_step_past_the_scaler_or_in_each_micro_batch()
    {
        foreach (var optimizer in Both())
        {
            Backward();
            optimizer.step();
            Throws<InvalidOperationException>("PRC2008: 'optimizer.step' uses gradients of a loss scaled by 'GradScaler'", scaler.update);
            Throws<InvalidOperationException>("PRC2010: 'GradScaler.update' runs for every micro-batch", scaler.update);
        }
    }

    [Fact]
    public void Going_on_without_update()
    {
        foreach (var optimizer in Both())
        {
            Backward();
            scaler.unscale_(optimizer);
            Backward();
            Throws<InvalidOperationException>(
                $"PRC2006: 'GradScaler.unscale_' runs for '{optimizer.GetType().Name}' again without", () => scaler.unscale_(optimizer));
            scaler.step(optimizer);
            Backward();
            Throws<InvalidOperationException>("PRC2006: 'GradScaler.unscale_'", () => scaler.unscale_(optimizer));
            scaler.update();
        }
    }

    [Fact]
    public void Updating_between_the_steps_of_two_optimizers()
    {
        Backward();
        scaler.step(fused);
        scaler.update();
        Throws<InvalidOperationException>("PRC2007: 'GradScaler.update' comes before the step of 'SGD'", () => scaler.step(plain));
        Throws<InvalidOperationException>("PRC2007: 'GradScaler.update' comes before the step of 'SGD'", () => scaler.unscale_(plain));
        Throws<InvalidOperationException>("PRC2008: The loss was not scaled, but 'GradScaler.step(FusedSGD)'", () => scaler.step(fused));
        Backward();
        scaler.step(plain);
        scaler.update();
    }

    [Fact]
    public void A_loss_that_is_scaled_by_hand_is_scaled()
    {
        Backward();
        scaler.step(fused);
        scaler.update();
        (parameter.sum() * scaler.get_scale()).backward();
        scaler.step(fused);
        scaler.update();
    }

    [Fact]
    public void A_closure()
    {
        scaler.scale(ones(1));
        foreach (var optimizer in Both())
        {
            Throws<InvalidOperationException>("closure", () => scaler.step(optimizer, () => tensor(1f)));
        }
    }

    [Fact]
    public void Stale_parameters()
    {
        var model = nn.Linear(2, 2);
        using var staleFused = new FusedAdamW(model.parameters());
        using var stalePlain = optim.SGD([.. model.parameters()], 1e-3);
        model.to(float64);
        scaler.scale(ones(1));
        foreach (var optimizer in (optim.Optimizer[])[staleFused, stalePlain])
        {
            Throws<InvalidOperationException>("make the optimizer", () => scaler.step(optimizer));
            Throws<InvalidOperationException>("make the optimizer", () => scaler.unscale_(optimizer));
        }
    }

    [Fact]
    public void Gradients_that_do_not_fit()
    {
        scaler.scale(ones(1));
        foreach (var optimizer in Both())
        {
            parameter.grad = ones(1);
            scaler.scale(ones(1));
            Throws<ArgumentException>("Float32[4] on cpu, and its gradient Float32[1] on cpu", () => scaler.unscale_(optimizer));
            Throws<ArgumentException>("Float32[4] on cpu, and its gradient Float32[1] on cpu", () => scaler.step(optimizer));
            Assert.Equal(8, parameter.sum().item<float>());
            parameter.grad = full(4, 64f);
            scaler.step(optimizer);
            scaler.update();
            parameter.grad = null;
            using (no_grad())
            {
                parameter.fill_(2);
            }
        }
    }

    [Fact]
    public void Losses_that_cannot_be_scaled()
    {
        var gone = ones(1);
        gone.Dispose();
        Throws<ArgumentNullException>("", () => scaler.scale((Tensor)null!));
        Throws<ArgumentNullException>("", () => scaler.scale((IEnumerable<Tensor>)null!));
        Throws<ObjectDisposedException>("disposed", () => scaler.scale(gone));
        Throws<ArgumentException>("Int64", () => scaler.scale(ones(1, dtype: int64)));
        Throws<ArgumentException>("Int64", () => scaler.scale([ones(1), ones(1, dtype: int64)]));
    }

    [Fact]
    public void New_scales_that_cannot_be()
    {
        scaler.scale(ones(1));
        foreach (var scale in (double[])[0, -1, double.NaN, double.PositiveInfinity, 1e39, 1e-60])
        {
            Throws<ArgumentOutOfRangeException>("positive and finite", () => scaler.update(scale));
        }

        Throws<ArgumentException>("one floating number", () => scaler.update(ones(2)));
        Throws<ArgumentException>("one floating number", () => scaler.update(ones(1, requires_grad: true)));
        Throws<ArgumentException>("one floating number", () => scaler.update(ones(1, dtype: int32)));
        Throws<ArgumentException>("one floating number", () => scaler.update(ones(1, device: META)));
        Assert.Equal(64, scaler.get_scale());
    }

    [Fact]
    public void Options_that_cannot_be()
    {
        Throws<ArgumentOutOfRangeException>("above 1", () => new GradScaler(growth_factor: 1));
        Throws<ArgumentOutOfRangeException>("above 1", () => scaler.set_growth_factor(0.5));
        Throws<ArgumentOutOfRangeException>("between 0 and 1", () => new GradScaler(backoff_factor: 1));
        Throws<ArgumentOutOfRangeException>("between 0 and 1", () => scaler.set_backoff_factor(0));
        Throws<ArgumentOutOfRangeException>("growth_interval", () => new GradScaler(growth_interval: 0));
        Throws<ArgumentOutOfRangeException>("new_interval", () => scaler.set_growth_interval(0));
        Throws<ArgumentOutOfRangeException>("hysteresis", () => new GradScaler(hysteresis: 0));
        Throws<ArgumentOutOfRangeException>("positive and finite", () => new GradScaler(init_scale: 0));
        Throws<ArgumentOutOfRangeException>("floor", () => new GradScaler(init_scale: 4, min_scale: 4));
        Throws<ArgumentOutOfRangeException>("floor", () => new GradScaler(min_scale: double.NaN));
    }

    [Fact]
    public void States_that_cannot_be()
    {
        var good = scaler.state_dict();
        Throws<ArgumentException>("disabled scaler", () => scaler.load_state_dict(new Dictionary<string, double>()));
        foreach (var key in good.Keys)
        {
            Throws<ArgumentException>($"'{key}'", () => scaler.load_state_dict(good.Where(e => e.Key != key).ToDictionary()));
            Assert.ThrowsAny<ArgumentException>(() => scaler.load_state_dict(new Dictionary<string, double>(good) { [key] = -1 }));
        }

        Assert.Equal(good, scaler.state_dict());
    }

    [Theory]
    [InlineData("_hysteresis_tracker", double.NaN)]
    [InlineData("_hysteresis_tracker", -5)]
    [InlineData("_hysteresis_tracker", 4)]
    [InlineData("_hysteresis_tracker", 1e30)]
    [InlineData("_hysteresis_tracker", 1.5)]
    [InlineData("growth_interval", 1.5)]
    [InlineData("growth_interval", 0)]
    [InlineData("growth_interval", double.PositiveInfinity)]
    [InlineData("_growth_tracker", 0.5)]
    [InlineData("_growth_tracker", double.NaN)]
    [InlineData("scale", 1e-12)]
    [InlineData("scale", double.NaN)]
    [InlineData("growth_factor", double.NaN)]
    [InlineData("backoff_factor", 1)]
    public void A_state_with_a_value_that_cannot_be_changes_nothing(string key, double value)
    {
        using var own = new GradScaler(16, hysteresis: 3);
        own.scale(ones(1));
        var before = own.state_dict();
        Assert.ThrowsAny<ArgumentException>(() => own.load_state_dict(new Dictionary<string, double>(before) { [key] = value }));
        Assert.Equal(before, own.state_dict());
        own.load_state_dict(new Dictionary<string, double>(before) { ["_hysteresis_tracker"] = 0 });
        Assert.Equal(0, own.state_dict()["_hysteresis_tracker"]);
    }

    [Fact]
    public void A_scale_below_the_floor()
    {
        using var own = new GradScaler(16, min_scale: 2);
        own.scale(ones(1));
        Throws<ArgumentOutOfRangeException>("min_scale", () => own.update(1.0));
        own.update(2.0);
        Assert.Equal(2, own.get_scale());
    }

    [Fact]
    public void Good_steps_at_the_floor_are_good_steps()
    {
        using var own = new GradScaler(2, min_scale: 1, growth_interval: 1000);
        own.scale(ones(1));
        var parameter = nn.Parameter(ones(1));
        using var optimizer = new FusedAdamW([parameter]);
        void Step(float gradient)
        {
            parameter.grad = tensor([gradient]);
            own.step(optimizer);
            own.update();
        }

        Step(float.PositiveInfinity);
        Throws<ArithmeticException>("floor", () => own.get_scale());
        Throws<ArithmeticException>("floor", () => own.WasSkipped(optimizer));
        Step(1);
        Assert.Equal((1, false), (own.get_scale(), own.WasSkipped(optimizer)));
        own.load_state_dict(own.state_dict());
        Assert.Equal(1, own.get_scale());
        Step(float.NaN);
        Throws<ArithmeticException>("floor", () => own.get_scale());
        own.update(1.0);
        Assert.Equal(1, own.get_scale());
    }

    [Fact]
    public void The_scale_of_a_first_call_in_inference_mode_can_be_updated_outside()
    {
        using var own = new GradScaler(16);
        using (inference_mode())
        {
            own.scale(ones(1));
        }

        own.update(8.0);
        Assert.Equal(8, own.get_scale());
    }

    [Fact]
    public void An_optimizer_that_has_stepped_is_not_kept_alive()
    {
        using var own = new GradScaler(16);
        own.scale(ones(1));
        var weak = Step();
        for (var i = 0; i < 10 && weak.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(weak.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        WeakReference Step()
        {
            var parameter = nn.Parameter(ones(1));
            parameter.grad = ones(1);
            var optimizer = new FusedSGD([parameter]);
            own.step(optimizer);
            own.update();
            return new WeakReference(optimizer);
        }
    }

    [Fact]
    public void Asking_about_an_optimizer_that_never_stepped()
    {
        scaler.scale(ones(1));
        Throws<InvalidOperationException>("call step() first", () => scaler.WasSkipped(fused));
    }

    [Fact]
    public void A_disposed_scaler()
    {
        Backward();
        scaler.Dispose();
        scaler.Dispose();
        foreach (var action in (Action[])
            [
                () => scaler.scale(ones(1)), () => scaler.unscale_(fused), () => scaler.step(fused), scaler.update,
                () => scaler.update(4), () => scaler.get_scale(), () => scaler.state_dict(), () => scaler.WasSkipped(fused),
            ])
        {
            Assert.Throws<ObjectDisposedException>(action);
        }
    }

    private static void Throws<T>(string message, Action action)
        where T : Exception
        => Assert.Contains(message, Assert.Throws<T>(action).Message);

    private static void Throws<T>(string message, Func<object?> action)
        where T : Exception
        => Throws<T>(message, () => { _ = action(); });

    private IEnumerable<optim.Optimizer> Both() => [fused, plain];

    private void Backward() => scaler.scale(parameter.sum()).backward();
}
