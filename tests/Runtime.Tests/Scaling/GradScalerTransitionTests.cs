using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Scaling;

/// <summary>How the scale moves. A pattern has one letter a step: g = good gradients, i = an infinity, n = a NaN.</summary>
public sealed class GradScalerTransitionTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData("i", 65536, 2, 0.5, 2000, 32768, 0)]
    [InlineData("n", 65536, 2, 0.5, 2000, 32768, 0)]
    [InlineData("g", 65536, 2, 0.5, 2000, 65536, 1)]
    [InlineData("gg", 32768, 2, 0.5, 2, 65536, 0)]
    [InlineData("g", 8, 4, 0.5, 1, 32, 0)]
    [InlineData("ggi", 1024, 2, 0.5, 3, 512, 0)]
    [InlineData("gggi", 1024, 2, 0.5, 3, 1024, 0)]
    [InlineData("igig", 1024, 2, 0.25, 3, 64, 1)]
    [InlineData("g", 2e38, 2, 0.5, 1, 2e38, 0)]
    [InlineData("gg", 2e38, 2, 0.5, 2, 2e38, 0)]
    [InlineData("gig", 3e38, 1.5, 0.5, 1, 2.25e38, 0)]
    [InlineData("gggg", 1, 3, 0.5, 2, 9, 0)]
    public void The_table(
        string pattern, double init, double growth, double backoff, int interval, double expectedScale, int expectedTracker)
    {
        foreach (var fused in (bool[])[false, true])
        {
            using var scaler = new GradScaler(init, growth, backoff, interval, min_scale: 0);
            Run(scaler, pattern, fused);
            Assert.Equal(expectedScale, scaler.get_scale(), expectedScale * 1e-6);
            Assert.Equal(expectedTracker, scaler.state_dict()["_growth_tracker"]);
        }
    }

    [Fact]
    public void Without_a_floor_the_scale_collapses_to_0_as_PyTorchs()
    {
        using var scaler = new GradScaler(1e-45, min_scale: 0);
        Run(scaler, "i", fused: true);
        Assert.Equal(0, scaler.state_dict()["scale"]);
    }

    [Fact]
    public void An_interval_set_below_the_count_never_grows_until_a_backoff()
    {
        using var scaler = new GradScaler(1024, growth_interval: 10);
        Run(scaler, "ggggg", fused: false);
        scaler.set_growth_interval(3);
        Run(scaler, "g", fused: false);
        Assert.Equal(6, scaler.state_dict()["_growth_tracker"]);
        Run(scaler, "ggg", fused: false);
        Assert.Equal(1024, scaler.get_scale());
        Run(scaler, "iggg", fused: false);
        Assert.Equal(1024, scaler.get_scale());
        Run(scaler, "ggg", fused: false);
        Assert.Equal(2048, scaler.get_scale());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_patterns_follow_the_model(int hysteresis)
    {
        var random = new Random();
        for (var round = 0; round < 5; round++)
        {
            var interval = random.Next(1, 5);
            using var scaler = new GradScaler(256, 2, 0.5, interval, min_scale: 0.125, hysteresis: hysteresis);
            var model = new ScaleModel(256, 2, 0.5f, interval, 0.125f, hysteresis);
            var history = "";
            for (var step = 0; step < 40; step++)
            {
                var bad = random.Next(3) == 0;
                history += bad ? 'i' : 'g';
                Run(scaler, bad ? "i" : "g", fused: step % 2 == 0, tolerateFloor: true);
                model.Update(bad);
                var state = scaler.state_dict();
                Assert.True(
                    (model.Scale, model.Tracker) == (state["scale"], state["_growth_tracker"]),
                    $"{history}: expected {model.Scale}, {model.Tracker}, found {state["scale"]}, {state["_growth_tracker"]}");
            }
        }
    }

    [Fact]
    public void Hysteresis_tolerates_then_backs_off_at_each_until_growth_refills_it()
    {
        using var scaler = new GradScaler(1024, growth_interval: 2, hysteresis: 2);
        Run(scaler, "i", fused: true);
        Assert.Equal(1024, scaler.get_scale());
        Run(scaler, "gi", fused: true);
        Assert.Equal(512, scaler.get_scale());
        Run(scaler, "gi", fused: true);
        Assert.Equal(256, scaler.get_scale());
        Run(scaler, "gg", fused: true);
        Assert.Equal(512, scaler.get_scale());
        Run(scaler, "i", fused: true);
        Assert.Equal(512, scaler.get_scale());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_floor_holds_and_is_one_clear_error(bool fused)
    {
        var parameter = nn.Parameter(ones(3));
        using optim.Optimizer optimizer = fused ? new FusedSGD([parameter]) : optim.SGD([parameter], 1e-3);
        using var scaler = new GradScaler(16, min_scale: 3);
        Step(scaler, optimizer, parameter, float.NaN);
        Step(scaler, optimizer, parameter, float.NaN);
        Assert.Equal(4, scaler.get_scale());
        Step(scaler, optimizer, parameter, float.NaN);

        Assert.Equal(3, scaler.state_dict()["scale"]);
        Assert.Contains("floor", Assert.Throws<ArithmeticException>(() => scaler.get_scale()).Message);
        Assert.Throws<ArithmeticException>(() => scaler.WasSkipped(optimizer));
        if (fused)
        {
            Step(scaler, optimizer, parameter, float.NaN);
        }
        else
        {
            Assert.Throws<ArithmeticException>(() => Step(scaler, optimizer, parameter, float.NaN));
        }

        Assert.Equal(3, scaler.state_dict()["scale"]);
        scaler.update(64);
        Assert.Equal(64, scaler.get_scale());
    }

    [Fact]
    public void The_default_floor_stops_the_collapse()
    {
        using var scaler = new GradScaler(growth_interval: 1);
        Run(scaler, new string('i', 60), fused: true);
        Assert.Equal(Math.Pow(2, -24), scaler.state_dict()["scale"]);
        Run(scaler, "g", fused: true);
        Assert.Equal(Math.Pow(2, -23), scaler.get_scale());
    }

    [Fact]
    public void One_infinity_of_several_optimizers_backs_off_once_and_skips_only_its_own()
    {
        var parameters = Enumerable.Range(0, 3).Select(_ => nn.Parameter(zeros(2))).ToArray();
        optim.Optimizer[] optimizers =
            [new FusedSGD([parameters[0]], lr: 1), optim.SGD([parameters[1]], 1), new FusedAdam([parameters[2]], lr: 1)];
        using var scaler = new GradScaler(1024);
        scaler.scale(ones(1));
        for (var i = 0; i < 3; i++)
        {
            parameters[i].grad = full(2, i == 1 ? float.PositiveInfinity : 1024f);
            scaler.step(optimizers[i]);
        }

        scaler.update();

        Assert.Equal(512, scaler.get_scale());
        Assert.Equal([false, true, false], optimizers.Select(scaler.WasSkipped));
        Assert.Equal([-1f, 0f, -1f], parameters.Select(static p => MathF.Round(p[0].item<float>(), 4)));
        Array.ForEach(optimizers, static o => o.Dispose());
    }

    [Fact]
    public void All_optimizers_infinite_back_off_once()
    {
        var parameters = Enumerable.Range(0, 2).Select(_ => nn.Parameter(zeros(2))).ToArray();
        optim.Optimizer[] optimizers = [new FusedSGD([parameters[0]]), new FusedSGD([parameters[1]])];
        using var scaler = new GradScaler(1024, hysteresis: 2);
        scaler.scale(ones(1));
        for (var i = 0; i < 2; i++)
        {
            parameters[i].grad = full(2, float.NaN);
            scaler.step(optimizers[i]);
        }

        scaler.update();

        Assert.Equal(1024, scaler.get_scale());
        Assert.Equal(1, scaler.state_dict()["_hysteresis_tracker"]);
        Array.ForEach(optimizers, static o => o.Dispose());
    }

    private static void Run(GradScaler scaler, string pattern, bool fused, bool tolerateFloor = false)
    {
        var parameter = nn.Parameter(ones(3));
        using optim.Optimizer optimizer = fused || tolerateFloor ? new FusedSGD([parameter]) : optim.SGD([parameter], 1e-3);
        foreach (var letter in pattern)
        {
            Step(scaler, optimizer, parameter, letter switch { 'g' => 1f, 'i' => float.NegativeInfinity, _ => float.NaN });
        }
    }

    private static void Step(GradScaler scaler, optim.Optimizer optimizer, Parameter parameter, float gradient)
    {
        scaler.scale(ones(1));
        parameter.grad = full(3, gradient);
        scaler.step(optimizer);
        scaler.update();
    }
}
