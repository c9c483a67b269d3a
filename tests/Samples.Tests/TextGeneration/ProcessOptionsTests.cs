using System.CommandLine;
using TextGeneration.Commands;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Samples.Tests.TextGeneration;

public sealed class ProcessOptionsTests
{
    private readonly ProcessOptions options = new();

    [Theory]
    [InlineData("", null, false)]
    [InlineData("", true, true)]
    [InlineData("--shard-optimizer", null, true)]
    [InlineData("--shard-optimizer", false, true)]
    [InlineData("--shard-optimizer false", true, false)]
    public void The_optimizer_is_divided_as_the_option_or_else_the_configuration_says(string arguments, bool? configured, bool expected)
        => Assert.Equal(expected, options.ShardsOptimizer(Parse(arguments), new() { ShardOptimizer = configured }));

    [Fact]
    public void The_gpus_of_a_configuration_count_on_gpus_only()
    {
        var configured = new PrecisionOptions { Gpus = 1000 };

        Assert.Equal(1, options.Count(Parse(""), configured, CPU));
        var error = Assert.Throws<UserErrorException>(() => options.Count(Parse(""), configured, new(DeviceType.CUDA)));
        Assert.Contains("1000 GPUs are asked for", error.Cause);
        Assert.Equal(1, options.Count(Parse("--gpus 1"), configured, new(DeviceType.CUDA)));
    }

    private ParseResult Parse(string arguments)
    {
        var root = new RootCommand();
        foreach (var option in options.All)
        {
            root.Options.Add(option);
        }

        var result = root.Parse(arguments);
        Assert.Empty(result.Errors);
        return result;
    }
}
