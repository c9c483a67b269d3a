using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using TextGeneration;
using TextGeneration.Commands;
using TextGeneration.Training;
using static TorchSharp.torch;

namespace Precision.Samples.Tests.TextGeneration;

public sealed class CommandTests : IDisposable
{
    private const int WidthOfLog = 160;

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
    public void A_configuration_file_of_h2o_llm_studio_sets_the_precision()
    {
        File.WriteAllText(Text, string.Concat(Enumerable.Repeat("Call me Ishmael. Some years ago.\n\n", 100)));
        var config = Path.Combine(AppContext.BaseDirectory, "Data", "h2o-llm-studio.yaml");
        var train = $"train --size tiny --context 16 --steps 2 --text {Text} --out {Run} --config {config}";

        var log = Invoke(train);

        Assert.Contains("Does not apply here: environment.deepspeed_method ZeRO2, because DeepSpeed is off; 92 keys that say nothing about precision", log);
        Assert.Contains("BFloat16 matrix products, parameters in BFloat16", log);
        var settings = new RunFolder(Run).Open().Training;
        Assert.Equal(new PrecisionPolicy(Dtype.BFloat16, Dtype.BFloat16), settings.Precision);
        Assert.Equal((0.5, 2), (settings.GradientClip, settings.GradAccumulation));

        // The environment comes before the file, the command line before both.
        const string variable = "PRECISION_environment__mixed_precision_dtype";
        Environment.SetEnvironmentVariable(variable, "float16");
        try
        {
            Assert.Throws<PrecisionOptionsException>(() => Invoke(train));
            Invoke($"{train} --parameters 16bit");
            Assert.Equal(new PrecisionPolicy(Dtype.Float16, Dtype.Float16), new RunFolder(Run).Open().Training.Precision);
            Invoke($"{train} --dtype bfloat16 --parameters float32 --gradient-clip 0");
            Assert.Equal(new PrecisionPolicy(Dtype.BFloat16), new RunFolder(Run).Open().Training.Precision);
            Assert.Equal(0, new RunFolder(Run).Open().Training.GradientClip);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void Hardware_shows_every_format_and_an_advice()
    {
        var shown = Invoke("hardware");

        Assert.All(["Float32", "BFloat16", "Float16", "65,504", "TFLOP/s", "GiB"], text => Assert.Contains(text, shown));
        Assert.Contains($"Advised: {Hardware.Of(CPU).Advice.Dtype}", shown);
    }

    [Fact]
    public void Compare_trains_every_format_and_leaves_a_page_and_its_numbers()
    {
        File.WriteAllText(Text, string.Concat(Enumerable.Repeat("Call me Ishmael. Some years ago.\n\n", 100)));

        var log = Invoke($"compare --size tiny --context 16 --batch 2 --steps 3 --seeds 1 --text {Text} --out {Run}");

        Assert.All(["Float32, seed 1", "BFloat16, seed 1", "Float16, seed 1", "tokens/s"], text => Assert.Contains(text, log));
        Assert.Contains("</html>", File.ReadAllText(Path.Combine(Run, "comparison.html")));
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Run, "comparison.json")));
        Assert.Equal(3, json.RootElement.GetProperty("modes").GetArrayLength());
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_before_anything_is_trained()
    {
        File.WriteAllText(Text, string.Concat(Enumerable.Repeat("Call me Ishmael. Some years ago.\n\n", 100)));

        var error = Assert.Throws<UserErrorException>(() => Invoke($"compare --size tiny --context 16 --steps 1000000 --text {Text} --out {Text}"));
        Assert.Contains(Text, error.Cause);
    }

    [Theory]
    [InlineData("cfg.yaml", "environment: [")]
    [InlineData("cfg.json", "{")]
    [InlineData("cfg.ini", "")]
    [InlineData("missing.yaml", null)]
    public void A_configuration_that_cannot_be_read_is_told(string name, string? content)
    {
        var config = Path.Combine(folder, name);
        if (content is not null)
        {
            File.WriteAllText(config, content);
        }

        Assert.Contains(name, Assert.Throws<UserErrorException>(() => Invoke($"train --steps 1 --out {Run} --config {config}")).Cause);
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
    public void Gpus_beside_the_cpu_are_refused()
        => Assert.Contains("--gpus", Assert.Throws<UserErrorException>(() => Invoke($"train --steps 1 --out {Run} --gpus 2 --device cpu")).Cause);

    [SkippableFact]
    public void Gpus_that_are_not_there_are_refused()
    {
        Skip.If(cuda.is_available(), "Needs a machine without GPUs.");
        Assert.Contains("no CUDA device", Assert.Throws<UserErrorException>(() => Invoke($"train --steps 1 --out {Run} --gpus 2")).Cause);
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
    [InlineData("train --gpus 0", "--gpus")]
    [InlineData("train --learning-rate -1", "--learning-rate")]
    [InlineData("train --gradient-clip -1", "--gradient-clip")]
    [InlineData("generate --temperature -1", "--temperature")]
    public void A_value_that_cannot_be_is_told_with_what_can(string arguments, string expected)
        => Assert.Contains(expected, string.Join('\n', Root(new StringWriter()).Parse(arguments).Errors));

    private static RootCommand Root(StringWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        console.Profile.Width = WidthOfLog;
        return [new TrainCommand(console), new GenerateCommand(console), new HardwareCommand(console), new CompareCommand(console)];
    }

    private static string Invoke(string arguments)
    {
        var output = new StringWriter();
        Assert.Equal(0, Root(output).Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
        return output.ToString();
    }
}
