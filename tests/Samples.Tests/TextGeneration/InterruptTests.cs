using System.Diagnostics;
using TextGeneration.Commands;

namespace Precision.Samples.Tests.TextGeneration;

/// <summary>Sends real signals to the real program.</summary>
public sealed class InterruptTests : IDisposable
{
    private const int ExitCodeOfSigInt = 128 + 2;

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string Checkpoint => Path.Combine(folder, "checkpoint.bin");

    public InterruptTests() => Skip.If(OperatingSystem.IsWindows(), "Windows has no command that sends Ctrl-C to another process.");

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
