using Precision.Inspection;

namespace Precision.Runtime.Tests.Inspection;

public class ComparisonAdviceTests
{
    private const int Steps = 100;

    private static readonly Hardware Native = Hardware.OfCuda(new CudaGpu("a new GPU", 9, 0, 80L << 30));
    private static readonly Hardware Turing = Hardware.OfCuda(new CudaGpu("an old GPU", 7, 5, 16L << 30));

    [Fact]
    public void The_faster_format_that_learns_is_advised_with_its_gain()
    {
        var advice = Advise(Native, Mode(Dtype.Float32), Mode(Dtype.BFloat16, milliseconds: 5), Mode(Dtype.Float16, milliseconds: 5));

        Assert.Equal((Dtype.BFloat16, "BFloat16", true), (advice.Format, advice.Mode, advice.PaysHere));
        Assert.Contains("2.00 times as fast", advice.Headline);
        Assert.Contains(advice.Reasons, reason => reason.Contains("needs no loss scaling"));
    }

    [Fact]
    public void The_storage_mode_that_is_fastest_is_named()
    {
        var advice = Advise(
            Native,
            Mode(Dtype.Float32),
            Mode(Dtype.BFloat16, milliseconds: 5),
            Mode(Dtype.BFloat16, milliseconds: 4, parameters: Dtype.BFloat16, autocast: false));

        Assert.Equal("BFloat16, true 16-bit", advice.Mode);
    }

    [Fact]
    public void A_gpu_without_native_bfloat16_gets_float16()
    {
        var advice = Advise(Turing, Mode(Dtype.Float32), Mode(Dtype.BFloat16, milliseconds: 20), Mode(Dtype.Float16, milliseconds: 5));

        Assert.Equal((Dtype.Float16, true), (advice.Format, advice.PaysHere));
        Assert.Contains(advice.Reasons, reason => reason.StartsWith("BFloat16 is not native on an old GPU"));
        Assert.Contains(advice.Reasons, reason => reason.Contains("only Float16 is native"));
    }

    [Fact]
    public void A_clearly_faster_float16_is_preferred()
        => Assert.Equal(
            Dtype.Float16,
            Advise(Native, Mode(Dtype.Float32), Mode(Dtype.BFloat16, milliseconds: 8), Mode(Dtype.Float16, milliseconds: 5)).Format);

    [Fact]
    public void Where_16_bit_is_not_faster_float32_is_advised_for_here()
    {
        var advice = Advise(Native, Mode(Dtype.Float32), Mode(Dtype.BFloat16, milliseconds: 12));

        Assert.Equal((Dtype.BFloat16, "Float32", false), (advice.Format, advice.Mode, advice.PaysHere));
        Assert.Contains("does not pay on this hardware", advice.Headline);
    }

    [Fact]
    public void Less_memory_at_the_same_speed_pays()
    {
        var advice = Advise(
            Native, Mode(Dtype.Float32, memory: 1000L << 20), Mode(Dtype.BFloat16, milliseconds: 10.2, memory: 600L << 20));

        Assert.True(advice.PaysHere);
        Assert.Contains("60 % of the memory", advice.Headline);
    }

    [Fact]
    public void A_difference_smaller_than_that_between_seeds_means_nothing()
    {
        var advice = Advise(Native, Mode(Dtype.Float32, losses: [1.0, 1.2]), Mode(Dtype.BFloat16, milliseconds: 5, losses: [1.2, 1.3]));

        Assert.Equal(Dtype.BFloat16, advice.Format);
    }

    [Theory]
    [InlineData(1.03)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_format_that_learns_worse_is_not_advised(double loss)
    {
        var advice = Advise(Native, Mode(Dtype.Float32), Mode(Dtype.BFloat16, milliseconds: 5, losses: [loss]));

        Assert.Equal((Dtype.Float32, "Float32"), (advice.Format, advice.Mode));
        Assert.Contains(advice.Reasons, reason => reason.Contains("7 bits of mantissa"));
    }

    [Fact]
    public void Skips_while_the_loss_scale_settles_are_normal_and_later_ones_are_not()
    {
        var settled = Advise(Native, Mode(Dtype.Float32), Mode(Dtype.Float16, milliseconds: 5, skips: step => Math.Min(step, 16)));
        var overflowing = Advise(Native, Mode(Dtype.Float32), Mode(Dtype.Float16, milliseconds: 5, skips: step => step / 5));

        Assert.Equal(Dtype.Float16, settled.Format);
        Assert.Equal(Dtype.Float32, overflowing.Format);
        Assert.Contains(overflowing.Reasons, reason => reason.Contains("skipped 20 of 100 steps") && reason.Contains("65,504"));
    }

    [Fact]
    public void A_format_that_lags_behind_after_skipped_steps_is_not_said_to_lack_mantissa()
    {
        var advice = Advise(Native, Mode(Dtype.Float32), Mode(Dtype.Float16, milliseconds: 5, losses: [1.1], skips: step => Math.Min(step, 3)));

        Assert.Equal(Dtype.Float32, advice.Format);
        Assert.Contains(advice.Reasons, reason => reason.Contains("skipped 3 of 100 steps while its loss scale settled"));
        Assert.DoesNotContain(advice.Reasons, reason => reason.Contains("mantissa"));
    }

    [Fact]
    public void A_task_that_float32_does_not_learn_is_no_question_of_precision()
        => Assert.Contains("Not even float32", Advise(Native, Mode(Dtype.Float32, failure: "it broke"), Mode(Dtype.BFloat16)).Headline);

    [Fact]
    public void Float32_alone_is_nothing_to_compare()
        => Assert.Contains("nothing to compare", Advise(Native, Mode(Dtype.Float32)).Headline);

    private static Recommendation Advise(Hardware hardware, params (PrecisionPolicy Policy, IReadOnlyList<TrialResult> Trials)[] modes)
    {
        var settings = Regression.Settings with { Steps = Steps };
        return ComparisonAdvice.Of(
            [.. modes.Select(mode => ModeResult.Of(mode.Policy, mode.Trials, modes[0].Trials, settings, hardware))], hardware);
    }

    private static (PrecisionPolicy Policy, IReadOnlyList<TrialResult> Trials) Mode(
        Dtype compute,
        double milliseconds = 10,
        double[]? losses = null,
        long? memory = null,
        Func<int, int>? skips = null,
        string? failure = null,
        Dtype parameters = Dtype.Float32,
        bool autocast = true)
        => (
            new PrecisionPolicy(compute, parameters, Autocast: autocast),
            [.. (losses ?? [1]).Select((loss, seed) => new TrialResult
            {
                Seed = seed,
                Steps = Steps,
                Training = [.. Enumerable.Range(1, Steps).Select(step => new TrainingPoint(step, loss, 1, skips?.Invoke(step) ?? 0))],
                Validation = [new(0, 3), new(Steps, loss)],
                MillisecondsPerStep = milliseconds,
                PeakMemoryBytes = memory,
                Failure = failure,
            })]);
}
