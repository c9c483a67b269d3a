using TextGeneration.Training;

namespace Precision.Samples.Tests.TextGeneration;

public class RunSettingsTests
{
    [Fact]
    public void Settings_survive_as_JSON()
    {
        var settings = TinyRun.With(new PrecisionPolicy(Dtype.Auto, Parameters: Dtype.Auto));

        Assert.Equal(settings, RunSettings.FromJson(settings.ToJson()));
    }
}
