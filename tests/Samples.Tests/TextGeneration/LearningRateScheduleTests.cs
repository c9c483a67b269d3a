using TextGeneration.Training;

namespace Precision.Samples.Tests.TextGeneration;

public class LearningRateScheduleTests
{
    private readonly LearningRateSchedule schedule = new(Peak: 0.01, WarmUp: 10, Steps: 110);

    [Fact]
    public void The_warm_up_is_linear_and_ends_at_the_peak()
    {
        Assert.Equal(0.001, schedule.At(0), 12);
        Assert.Equal(0.005, schedule.At(4), 12);
        Assert.Equal(0.01, schedule.At(9), 12);
        Assert.Equal(0.01, schedule.At(10), 12);
    }

    [Fact]
    public void Then_it_falls_as_half_a_cosine_to_a_tenth()
    {
        Assert.Equal(0.0055, schedule.At(60), 12);
        Assert.Equal(0.001, schedule.At(110), 12);
        Assert.All(Enumerable.Range(10, 100), step => Assert.True(schedule.At(step + 1) < schedule.At(step)));
    }

    [Fact]
    public void Without_a_warm_up_the_first_step_has_the_peak()
        => Assert.Equal(0.01, new LearningRateSchedule(0.01, WarmUp: 0, Steps: 5).At(0), 12);
}
