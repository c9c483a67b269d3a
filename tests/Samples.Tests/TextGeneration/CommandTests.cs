using System.CommandLine;
using Spectre.Console;
using TextGeneration;
using TextGeneration.Commands;

namespace Precision.Samples.Tests.TextGeneration;

public sealed class CommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Text => Path.Combine(folder, "text.txt");

    private string Run => Path.Combine(folder, "run");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Train_leaves_its_files_and_generate_reads_them()
    {
        File.WriteAllText(Text, string.Concat(Enumerable.Repeat("Call me Ishmael. Some years ago.\n\n", 100)));

        var log = Invoke($"train --size tiny --context 16 --steps 4 --require-fall 0.1 --text {Text} --out {Run}");
        var written = Invoke($"generate --checkpoint {Run} --prompt Call --length 20");

        Assert.Contains("matrix products gave", log);
        Assert.Contains("BFloat16", log);
        Assert.Equal(
            ["checkpoint.bin", "loss.svg", "losses.csv", "passage.txt", "run.json"],
            Directory.GetFiles(Run).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.StartsWith("Call", written);
        Assert.Equal("Call".Length + 20, written.TrimEnd('\r', '\n').Length);
        Assert.Equal(written, Invoke($"generate --checkpoint {Run} --prompt Call --length 20"));
    }

    [Fact]
    public void A_fall_smaller_than_required_is_an_error()
    {
        File.WriteAllText(Text, string.Concat(Enumerable.Repeat("Call me Ishmael. Some years ago.\n\n", 100)));

        var error = Assert.Throws<UserErrorException>(
            () => Invoke($"train --size tiny --context 16 --steps 1 --require-fall 99 --text {Text} --out {Run}"));
        Assert.Contains("99", error.Cause);
    }

    [Fact]
    public void A_folder_without_a_run_is_refused()
        => Assert.Contains(folder, Assert.Throws<UserErrorException>(() => Invoke($"train --resume {folder}")).Cause);

    [Fact]
    public void An_option_beside_resume_is_refused()
        => Assert.Contains("--seed", Assert.Throws<UserErrorException>(() => Invoke($"train --resume {folder} --seed 3")).Cause);

    [Theory]
    [InlineData("train --dtype int8", "bfloat16")]
    [InlineData("train --steps 0", "--steps")]
    [InlineData("train --learning-rate -1", "--learning-rate")]
    [InlineData("generate --temperature -1", "--temperature")]
    public void A_value_that_cannot_be_is_told_with_what_can(string arguments, string expected)
        => Assert.Contains(expected, string.Join('\n', Root(new StringWriter()).Parse(arguments).Errors));

    private static RootCommand Root(StringWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        return [new TrainCommand(console), new GenerateCommand(console)];
    }

    private static string Invoke(string arguments)
    {
        var output = new StringWriter();
        Assert.Equal(0, Root(output).Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        return output.ToString();
    }
}
