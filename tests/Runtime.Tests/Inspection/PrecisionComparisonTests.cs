using System.Runtime.InteropServices;
using System.Text.Json;
using Precision.Inspection;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Inspection;

[Collection(SerialTests.Name)]
public class PrecisionComparisonTests
{
    [Fact]
    public void A_task_that_overflows_float16_gets_bfloat16_with_the_reason()
    {
        var result = Compare(Regression.Task.Overflowing);

        Assert.Equal(Dtype.BFloat16, result.Recommendation.Format);
        Assert.Contains(result.Recommendation.Reasons, reason => reason.StartsWith("Float16 ") && reason.Contains("65,504"));
        Assert.Contains(result.Recommendation.Reasons, reason => reason.StartsWith("BFloat16 learns what float32 learns"));
        Assert.NotNull(result.Modes[2].Failure);
        Assert.Null(result.Modes[1].Failure);
    }

    [Fact]
    public void A_task_that_needs_mantissa_gets_float16_with_the_reason()
    {
        var result = Compare(Regression.Task.NeedingMantissa);

        Assert.Equal(Dtype.Float16, result.Recommendation.Format);
        Assert.Contains(result.Recommendation.Reasons, reason => reason.StartsWith("BFloat16 ") && reason.Contains("7 bits of mantissa"));
        Assert.Contains(result.Recommendation.Reasons, reason => reason.StartsWith("Float16 learns what float32 learns"));
    }

    [Fact]
    public void A_cpu_without_native_support_is_told()
    {
        var hardware = Hardware.OfCpu("an old CPU", [], [], memoryBytes: null);

        var result = PrecisionComparison.Run(
            Regression.Settings.Validated(),
            hardware,
            static (policy, seed) => new Regression(Regression.Task.Easy, policy, seed),
            progress: null,
            CancellationToken.None);

        Assert.Contains(result.Recommendation.Reasons, reason => reason.StartsWith("BFloat16 is not native on an old CPU"));
        Assert.Contains(result.Recommendation.Reasons, reason => reason.StartsWith("Float16 is not native on an old CPU"));

        // Which format is named depends on this run's speeds; ComparisonAdviceTests gives them.
    }

    [SkippableFact]
    public void Every_training_draws_the_same_numbers_on_a_GPU_too()
    {
        var device = Infrastructure.Cuda.Require();
        var draws = new List<float>();
        PrecisionComparison.Run(
            Regression.Settings with { Device = device, Steps = 1, Seeds = [5] },
            (policy, seed) =>
            {
                using var drawn = rand(1, device: device);
                draws.Add(drawn.item<float>());
                return new Regression(Regression.Task.Easy, policy, seed);
            });
        Assert.Single(draws.Distinct());
    }

    [Fact]
    public void Every_storage_mode_learns_an_easy_task_from_the_same_start()
    {
        var result = PrecisionComparison.Run(
            Regression.Settings with { Policies = ComparisonSettings.AllStorageModes, Seeds = [3] },
            static (policy, seed) => new Regression(Regression.Task.Easy, policy, seed));

        Assert.Equal(7, result.Modes.Count);
        Assert.Equal("BFloat16, true 16-bit", result.Modes[3].Name);
        var start = result.Modes[0].Trials[0].Validation[0].Loss;
        Assert.All(result.Modes, mode =>
        {
            var trial = Assert.Single(mode.Trials);
            Assert.Equal((60, null), (trial.Steps, trial.Failure));
            Assert.Equal(TrialRun.ValidationSteps(60).Prepend(0), trial.Validation.Select(point => point.Step));
            Assert.Equal(60, trial.Training[^1].Step);
            Assert.InRange(trial.Validation[0].Loss / start, 0.95, 1.05);
            Assert.InRange(mode.ValidationLoss, 0.05, start / 2);
            Assert.True(mode.MillisecondsPerStep > 0 && mode.SamplesPerSecond > 0 && mode.Speedup > 0);
        });
        Assert.Equal(1, result.Modes[0].Speedup);
        Assert.Equal(1, result.Modes[0].LossScale);
        Assert.True(result.Modes[4].LossScale > 1);
    }

    [Fact]
    public void The_same_comparison_gives_the_same_losses()
    {
        static IEnumerable<double> Losses() => Compare(Regression.Task.Easy).Modes.Select(mode => mode.ValidationLoss);

        Assert.Equal(Losses(), Losses());
    }

    [Fact]
    public void A_mode_too_slow_for_the_time_limit_is_compared_after_as_many_steps()
    {
        var result = PrecisionComparison.Run(
            Regression.Settings with { Steps = 40, Seeds = [1], TimeLimit = TimeSpan.FromSeconds(6) },
            static (policy, seed) => policy.Compute is Dtype.Float16
                ? new Altered(policy, seed, static () => Thread.Sleep(800))
                : new Regression(Regression.Task.Easy, policy, seed));

        var slow = result.Modes[2];
        Assert.True(slow.IsReduced);
        Assert.Null(slow.Failure);
        Assert.InRange(slow.ComparedAt, 1, 8);
        Assert.Equal(slow.ComparedAt, slow.Trials[0].Steps);
        Assert.Equal(
            result.Modes[0].Trials[0].Validation.Single(point => point.Step == slow.ComparedAt).Loss, slow.Float32ValidationLoss);
        Assert.Contains(result.Recommendation.Reasons, reason => reason.Contains("reduced"));
        Assert.False(result.Modes[0].IsReduced);
    }

    [Fact]
    public void What_libtorch_refuses_in_a_16_bit_mode_is_a_finding()
    {
        var result = PrecisionComparison.Run(
            Regression.Settings with { Seeds = [1] },
            static (policy, seed) => policy.Compute is Dtype.Float16
                ? new Altered(policy, seed, static () => throw new ExternalException("not implemented for 'Half'\nmore"))
                : new Regression(Regression.Task.Easy, policy, seed));

        Assert.Equal("not implemented for 'Half'", result.Modes[2].Failure);
        Assert.Equal(Dtype.BFloat16, result.Recommendation.Format);
    }

    [Fact]
    public void What_libtorch_refuses_in_float32_is_an_error()
        => Assert.Throws<ExternalException>(() => PrecisionComparison.Run(
            Regression.Settings, static (policy, seed) => new Altered(policy, seed, static () => throw new ExternalException("broken"))));

    [Fact]
    public void Progress_is_told_of_every_training_and_its_end()
    {
        var told = new List<ComparisonProgress>();

        Compare(Regression.Task.Easy, new Listener(told.Add));

        Assert.Equal(Enumerable.Range(0, 6), told.Select(progress => progress.Trial).Distinct());
        Assert.Equal(6, told.Count(progress => progress.Outcome is not null));
        Assert.All(told, progress => Assert.Equal((6, 60), (progress.Trials, progress.Steps)));
        Assert.Equal(["Float32", "BFloat16", "Float16"], told.Select(progress => progress.Mode).Distinct());
    }

    [Fact]
    public void A_comparison_can_be_cancelled_and_leaves_no_tensors_behind()
    {
        Compare(Regression.Task.Overflowing);
        using var source = new CancellationTokenSource();
        var uncounted = TensorsThatTorchSharpDoesNotUncount();
        var before = LiveTensors();
        var models = 0;
        IComparedTraining Make(PrecisionPolicy policy, int seed)
        {
            models++;
            return new Regression(Regression.Task.Overflowing, policy, seed);
        }

        Assert.ThrowsAny<OperationCanceledException>(() => PrecisionComparison.Run(
            Regression.Settings,
            Make,
            new Listener(progress =>
            {
                if (progress is { Trial: 1, Step: > 10 })
                {
                    source.Cancel();
                }
            }),
            source.Token));
        Assert.Equal(3, models); // one of them to warm up
        PrecisionComparison.Run(Regression.Settings, Make);

        Assert.Equal(before + (models * uncounted), LiveTensors());
    }

    [Fact]
    public void Results_are_machine_readable_even_where_a_loss_is_not_a_number()
    {
        var result = Compare(Regression.Task.Overflowing);
        using var json = JsonDocument.Parse(result.ToJson());
        var root = json.RootElement;

        Assert.Equal("BFloat16", root.GetProperty("recommendation").GetProperty("format").GetString());
        var modes = root.GetProperty("modes").EnumerateArray().ToList();
        Assert.Equal(3, modes.Count);
        Assert.Equal("Float16", modes[2].GetProperty("policy").GetProperty("compute").GetString());
        Assert.Equal(JsonValueKind.String, modes[2].GetProperty("validationLoss").ValueKind);
        Assert.Equal(
            result.Modes[0].ValidationLoss, modes[0].GetProperty("validationLoss").GetDouble());
        Assert.Equal(2, modes[0].GetProperty("trials").GetArrayLength());
    }

    [SkippableFact]
    public void The_memory_of_a_training_is_measured()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux lets a process forget the peak of its memory.");
        const long bytes = 256L << 20;

        var memory = PeakMemory.Start(CPU);
        Assert.NotNull(memory);
        using (ones(bytes, dtype: uint8))
        {
        }

        Assert.InRange(memory.Bytes, bytes * 9 / 10, bytes * 2);
    }

    [SkippableFact]
    public void The_memory_of_a_training_on_a_gpu_is_measured()
    {
        var gpu = Infrastructure.Cuda.Require();
        const long bytes = 256L << 20;

        var memory = PeakMemory.Start(gpu);
        Assert.NotNull(memory);
        using (ones(bytes, dtype: uint8, device: gpu))
        {
        }

        Assert.InRange(memory.Bytes, bytes, bytes + (16L << 20));
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        static void Run(ComparisonSettings settings) => PrecisionComparison.Run(settings, static (_, _) => throw new InvalidOperationException());

        Assert.Throws<ArgumentOutOfRangeException>(() => Run(Regression.Settings with { Steps = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Run(Regression.Settings with { SamplesPerStep = 0 }));
        Assert.Contains("seed", Assert.Throws<ArgumentException>(() => Run(Regression.Settings with { Seeds = [] })).Message);
        Assert.Contains("Auto", Assert.Throws<ArgumentException>(() => Run(Regression.Settings with { Policies = [new(Dtype.Auto)] })).Message);
    }

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(10, new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    [InlineData(200, new[] { 5, 10, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200 })]
    public void Validations_are_spread_over_the_steps_with_two_early_ones(int steps, int[] expected)
        => Assert.Equal(expected, TrialRun.ValidationSteps(steps));

    /// <summary>Making and disposing a module leaves its parameters in the count (Linear(2, 2).Dispose() leaves two).</summary>
    private static long TensorsThatTorchSharpDoesNotUncount()
    {
        var before = LiveTensors();
        new Regressor(offset: 0, isNormalised: true).Dispose();
        return LiveTensors() - before;
    }

    /// <summary>Without those that making a model leaves to the finalizer.</summary>
    private static long LiveTensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }

    private static ComparisonResult Compare(
        Regression.Task task, IProgress<ComparisonProgress>? progress = null, CancellationToken cancellation = default)
        => PrecisionComparison.Run(Regression.Settings, (policy, seed) => new Regression(task, policy, seed), progress, cancellation);

    /// <summary>An easy regression that does something more.</summary>
    private sealed class Altered(PrecisionPolicy policy, int seed, Action inStep) : IComparedTraining
    {
        private readonly Regression inner = new(Regression.Task.Easy, policy, seed);

        public MixedPrecisionTraining Training => inner.Training;

        public Tensor Step(int step)
        {
            inStep();
            return inner.Step(step);
        }

        public double Validate() => inner.Validate();

        public void Dispose() => inner.Dispose();
    }

    private sealed class Listener(Action<ComparisonProgress> told) : IProgress<ComparisonProgress>
    {
        public void Report(ComparisonProgress value) => told(value);
    }
}
