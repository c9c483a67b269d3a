using System.Diagnostics;
using Precision.Distributed.Tests.Infrastructure;
using TextGeneration.Commands;
using TextGeneration.Training;

namespace Precision.Samples.Tests.TextGeneration;

/// <summary>The real program in several processes, which mpirun starts.</summary>
public sealed class SeveralProcessesTests : IDisposable
{
    private const int ExitCodeOfAStop = 128 + 2;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Text => Path.Combine(folder, "text.txt");

    private string Together => Path.Combine(folder, "together");

    private string Alone => Path.Combine(folder, "alone");

    private string Tiny => $"train --size tiny --context 16 --dtype float32 --text {Text}";

    public SeveralProcessesTests() => File.WriteAllText(
        Text, string.Concat(Enumerable.Range(0, 400).Select(i => $"{i % 7} whales swim, {i * i % 5} sail.\n")));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Two_processes_learn_what_one_does_from_both_batches_and_one_goes_on()
    {
        var log = RunTwo($"{Tiny} --steps 12 --out {Together}");
        Run(Start("dotnet", [], $"{Tiny} --steps 12 --out {Alone} --grad-accumulation 2"));

        Assert.Contains("12 of 2 processes x 16 x 16 characters", log);
        Assert.All(
            ["matrix products gave", "step     0  validation loss", "step    12  validation loss", "The model goes on:", "Written to"],
            text => Assert.Equal(2, log.Split(text).Length));
        Assert.Equal(
            ["checkpoint.bin", "loss.svg", "losses.csv", "passage.txt", "run.json"],
            Directory.GetFiles(Together).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var (together, alone) = (Losses(Together), Losses(Alone));
        Assert.True(alone.FallPercent > 5, $"{alone.FallPercent}");
        Assert.Equal(alone.Validation.Select(static row => row.Step), together.Validation.Select(static row => row.Step));
        Assert.All(alone.Validation.Zip(together.Validation), static pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-3));
        Assert.Equal(MeanOfTenSteps(alone), MeanOfTenSteps(together), 1e-3);

        SetSteps(14);
        Assert.Contains("going on from step 12", Run(Start("dotnet", [], $"train --resume {Together}")));
        SetSteps(16);
        Assert.Contains("going on from step 14", RunTwo($"train --resume {Together} --shard-optimizer"));
        SetSteps(18);
        Assert.Contains("going on from step 16", Run(Start("dotnet", [], $"train --resume {Together}")));
        Assert.Equal(18, Losses(Together).Validation.Last().Step);
        Assert.True(Losses(Together).FallPercent > together.FallPercent);
    }

    [SkippableFact]
    public void A_signal_to_one_process_stops_both_after_the_same_step()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Looks at processes in /proc.");
        using var program = StartSeveral(2, $"{Tiny} --steps 1000000 --dropout 0.1 --shard-optimizer --out {Together}");
        while (program.StandardOutput.ReadLine() is { } line && !line.Contains("step     0", StringComparison.Ordinal))
        {
        }

        // Scripts in the background ignore SIGINT, and what they start does too.
        using (var kill = Process.Start("kill", ["-TERM", $"{IdOfSecond(program)}"]))
        {
            kill.WaitForExit();
        }

        var log = ToEnd(program);

        Assert.Equal(ExitCodeOfAStop, program.ExitCode);
        Assert.Equal(2, log.Split($"Go on with: train --resume {Together}").Length);
        Assert.InRange(Losses(Together).Validation.Last().Step, 1, 999_999);
        Assert.True(File.Exists(Path.Combine(Together, "checkpoint.bin")));
    }

    [SkippableFact]
    public void Three_processes_share_out_so_few_parameters_that_one_has_matrices_only()
    {
        var log = Run(StartSeveral(3, $"{Tiny} --steps 3 --shard-optimizer --out {Together}"));

        Assert.Contains("3 of 3 processes", log);
        Assert.Equal(3, Losses(Together).Validation.Last().Step);
    }

    [SkippableFact]
    public void Two_processes_find_the_same_number_of_steps_for_a_time()
    {
        var log = RunTwo($"{Tiny} --minutes 0.1 --out {Together}");

        Assert.Equal(2, log.Split("One step takes").Length);
        Assert.InRange(Losses(Together).Validation.Last().Step, 1, new RunFolder(Together).Open().Training.Steps);
    }

    private static LossHistory Losses(string run) => LossHistory.FromCsv(File.ReadAllText(new RunFolder(run).Losses), int.MaxValue);

    /// <summary>The mean training loss; when it is reported before the tenth step depends on the machine.</summary>
    private static double MeanOfTenSteps(LossHistory history)
    {
        var rows = history.Training.Where(static row => row.Step <= 10).ToList();
        Assert.Equal(10, rows[^1].Step);
        return rows.Select((row, i) => row.Loss * (row.Step - (i == 0 ? 0 : rows[i - 1].Step))).Sum() / 10;
    }

    /// <summary>Gives a run that has ended more to do.</summary>
    private void SetSteps(int steps)
    {
        var run = new RunFolder(Together);
        var settings = run.Open();
        File.WriteAllText(run.Settings, (settings with { Training = settings.Training with { Steps = steps } }).ToJson());
    }

    /// <summary>The process that mpirun started as rank 1.</summary>
    private static int IdOfSecond(Process mpirun)
        => File.ReadAllText($"/proc/{mpirun.Id}/task/{mpirun.Id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(int.Parse)
            .Single(static id => File.ReadAllText($"/proc/{id}/environ").Contains("OMPI_COMM_WORLD_RANK=1", StringComparison.Ordinal));

    private static string RunTwo(string arguments) => Run(StartSeveral(2, arguments));

    private static Process StartSeveral(int processes, string arguments)
    {
        OpenMpi.Require();
        string[] mpirun = ["-np", $"{processes}", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1", "--allow-run-as-root"];
        return Start("mpirun", [.. mpirun, "dotnet"], arguments);
    }

    private static Process Start(string program, string[] before, string arguments) => Process.Start(
        new ProcessStartInfo(program, [.. before, "exec", typeof(TrainCommand).Assembly.Location, .. arguments.Split(' ')])
        {
            RedirectStandardOutput = true,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        })!;

    /// <summary>Runs a program to its end, which must be a good one.</summary>
    private static string Run(Process program)
    {
        using (program)
        {
            var log = ToEnd(program);
            Assert.True(program.ExitCode == 0, $"exit code {program.ExitCode}:\n{log}");
            return log;
        }
    }

    private static string ToEnd(Process program)
    {
        var log = program.StandardOutput.ReadToEndAsync();
        if (!program.WaitForExit(Longest))
        {
            program.Kill(entireProcessTree: true);
            Assert.Fail($"The program did not end:\n{log.Result}");
        }

        return log.Result;
    }
}
