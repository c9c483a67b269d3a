using Precision.Runtime.Tests.Infrastructure;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>No tensor of the library's is freed while a native call uses it, whatever other threads do.</summary>
[Collection(SerialTests.Name)]
public class LifetimeTests
{
    [Theory]
    [InlineData("region")]
    [InlineData("true 16-bit")]
    [InlineData("float32")]
    [InlineData("training")]
    public async Task Collections_on_other_threads_do_no_harm(string path)
    {
        using var process = ChildProcess.Start(nameof(CollectingProgram), path, optimized: true);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {await output}{await error}");
    }
}
