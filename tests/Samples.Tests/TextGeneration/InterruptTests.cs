using System.Diagnostics;
using TextGeneration.Commands;

namespace Precision.Samples.Tests.TextGeneration;

/// <summary>Sends real signals to the real program.</summary>
public sealed class InterruptTests : IDisposable
{
    private const int ExitCodeOfSigInt = 128 + 2;

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Checkpoint => Path.Combine(folder, "checkpoint.bin");

    public InterruptTests()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no command that sends Ctrl-C to another process.");
        Skip.If(IgnoresInterrupts(), "This process ignores SIGINT, as a script's job in the background does, and so would the program.");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void Ctrl_C_ends_the_training_with_a_checkpoint()
    {
        using var program = Start($"train --size tiny --steps 1000000 --out {folder}");
        ReadUntil(program, "step     0");
        Interrupt(program);
        var rest = program.StandardOutput.ReadToEnd();
        program.WaitForExit();

        Assert.Equal(ExitCodeOfSigInt, program.ExitCode);
        Assert.Contains($"Go on with: train --resume {folder}", rest);
        Assert.True(File.Exists(Checkpoint));
    }

    [SkippableFact]
    public void A_second_Ctrl_C_ends_the_program_at_once()
    {
        // A model so large that its first validation is still running when the second signal comes.
        using var program = Start($"train --size large --steps 1000000 --out {folder}");
        ReadUntil(program, "16 x 1024");
        Interrupt(program);
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Interrupt(program);
        var rest = program.StandardOutput.ReadToEnd();
        program.WaitForExit();

        Assert.Equal(ExitCodeOfSigInt, program.ExitCode);
        Assert.DoesNotContain("Go on with", rest);
        Assert.False(File.Exists(Checkpoint));
    }

    /// <summary>Whether SIGINT is ignored here, which a started program inherits. Told on Linux only.</summary>
    private static bool IgnoresInterrupts()
    {
        const string Status = "/proc/self/status";
        const string Ignored = "SigIgn:";
        return File.Exists(Status)
            && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is { } line
            && (Convert.ToUInt64(line[Ignored.Length..].Trim(), 16) & (1UL << (2 - 1))) != 0;
    }

    private static Process Start(string arguments)
    {
        var program = typeof(TrainCommand).Assembly.Location;
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, $"exec {program} {arguments}")
        {
            RedirectStandardOutput = true,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        })!;
    }

    private static void ReadUntil(Process program, string text)
    {
        while (program.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains(text))
            {
                return;
            }
        }

        Assert.Fail($"The program ended with exit code {program.ExitCode} before it wrote '{text}'.");
    }

    private static void Interrupt(Process program)
    {
        using var kill = Process.Start("kill", ["-INT", $"{program.Id}"]);
        kill.WaitForExit();
    }
}
