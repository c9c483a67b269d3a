using System.CommandLine;
using ImageClassification.Commands;
using Spectre.Console;

namespace Precision.Samples.Tests.ImageClassification;

public class CommandTests
{
    [Fact]
    public void Train_tells_what_is_stored_how_and_how_good_the_model_is()
    {
        var output = new StringWriter();
        var exitCode = Root(output).Parse("train --epochs 1 --batch 200")
            .Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

        Assert.Equal(0, exitCode);
        Assert.Contains("stem.conv.weight", output.ToString());
        Assert.Contains("stem.bn.running_mean", output.ToString());
        Assert.Contains("accuracy on held-out digits", output.ToString());
    }

    [Theory]
    [InlineData("train --batch 1", "--batch")]
    [InlineData("train --epochs 0", "--epochs")]
    [InlineData("compare --learning-rate 2", "--learning-rate")]
    public void A_value_that_cannot_be_is_told_with_what_can(string arguments, string expected)
        => Assert.Contains(expected, string.Join('\n', Root(new StringWriter()).Parse(arguments).Errors));

    private static RootCommand Root(StringWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = 160;
        return [new TrainCommand(console), new CompareCommand(console)];
    }
}
