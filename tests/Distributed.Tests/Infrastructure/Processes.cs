using System.Diagnostics;
using System.Globalization;

namespace Precision.Distributed.Tests.Infrastructure;

/// <summary>Processes of a run, by their ids.</summary>
internal static class Processes
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>Sends a signal to a rank that has written its id.</summary>
    /// <returns>The id.</returns>
    public static int Signal(WorkerRun run, int rank, string signal)
    {
        var process = run.WaitFor(rank, "process").GetInt32();
        Signal(process, signal);
        return process;
    }

    public static void Signal(int process, string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Refuses a process that is still there, be it as a zombie.</summary>
    public static void AssertGone(int process)
    {
        for (var since = Stopwatch.StartNew(); Directory.Exists($"/proc/{process}");)
        {
            Assert.True(since.Elapsed < Longest, $"Process {process} is still there.");
            Thread.Sleep(20);
        }
    }
}
