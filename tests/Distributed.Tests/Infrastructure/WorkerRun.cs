using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Precision.Distributed.Tests.Infrastructure;

/// <summary>A scenario of tests/Distributed.Worker in several processes: started, looked at, and ended.</summary>
internal sealed class WorkerRun : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly long started = Stopwatch.GetTimestamp();

    private WorkerRun(string program, string[] arguments, IReadOnlyDictionary<string, string> variables, string folder)
    {
        Folder = folder;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = "1";

        // A process that aborts, as those with unhandled exceptions do, is not worth a dump here.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where the ranks write.</summary>
    public string Folder { get; }

    /// <summary>The launcher's process.</summary>
    public int Id => process.Id;

    /// <summary>What the launcher ended with.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>What all processes wrote.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>From the start to the end.</summary>
    public double Seconds { get; private set; }

    // On a GPU host it is not on the PATH.
    private static string Dotnet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    private static string Worker => typeof(Precision.Distributed.Worker.WorkerContext).Assembly.Location;

    /// <summary>Starts ranks by mpirun; the test skips where there is none.</summary>
    public static WorkerRun StartByMpi(int ranks, string scenario, double limit, params (string Name, string Value)[] variables)
    {
        OpenMpi.Require();
        string[] mpirun = ["-np", ranks.ToString(CultureInfo.InvariantCulture), "--oversubscribe", "--mca", "mpi_yield_when_idle", "1", "--allow-run-as-root"];
        return Start("mpirun", [.. mpirun, Dotnet], scenario, limit, variables);
    }

    /// <summary>Starts ranks by <see cref="Launcher"/>.</summary>
    public static WorkerRun StartByLauncher(int ranks, string scenario, double limit, params (string Name, string Value)[] variables)
        => Start(Dotnet, [], scenario, limit, variables, "--processes", ranks.ToString(CultureInfo.InvariantCulture));

    /// <summary>Starts one process.</summary>
    public static WorkerRun StartOne(string scenario, double limit, params (string Name, string Value)[] variables)
        => Start(Dotnet, [], scenario, limit, variables);

    /// <summary>Runs ranks by mpirun to their end.</summary>
    public static WorkerRun RunByMpi(int ranks, string scenario, double limit, params (string Name, string Value)[] variables)
        => StartByMpi(ranks, scenario, limit, variables).Wait();

    /// <summary>Runs ranks by <see cref="Launcher"/> to their end.</summary>
    public static WorkerRun RunByLauncher(int ranks, string scenario, double limit, params (string Name, string Value)[] variables)
        => StartByLauncher(ranks, scenario, limit, variables).Wait();

    /// <summary>Waits until all processes have ended.</summary>
    public WorkerRun Wait()
    {
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The run did not end within {Longest.TotalSeconds} s:\n{Output}");
        }

        // To the end of what they write, which a process that is left over keeps open.
        Assert.True(Task.Run(process.WaitForExit).Wait(Longest), $"The run ended and left processes behind:\n{Output}");
        Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return this;
    }

    /// <summary>Refuses a run that failed.</summary>
    public WorkerRun ThatSucceeds()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}:\n{Output}");
        return this;
    }

    /// <summary>Refuses a run that succeeded.</summary>
    public WorkerRun ThatFails()
    {
        Assert.True(ExitCode != 0, $"The run ended with exit code 0:\n{Output}");
        return this;
    }

    /// <summary>What a rank wrote.</summary>
    public JsonElement Rank(int rank)
    {
        var file = Path.Combine(Folder, $"rank-{rank}.json");
        Assert.True(File.Exists(file), $"Rank {rank} wrote nothing:\n{Output}");
        return JsonDocument.Parse(File.ReadAllText(file)).RootElement;
    }

    /// <summary>Waits until a rank has written something, and gives it.</summary>
    public JsonElement WaitFor(int rank, string name)
    {
        var file = Path.Combine(Folder, $"rank-{rank}.json");
        while (Stopwatch.GetElapsedTime(started) < Longest && !process.HasExited)
        {
            if (File.Exists(file) && Rank(rank).TryGetProperty(name, out var value))
            {
                return value;
            }

            Thread.Sleep(20);
        }

        Assert.Fail($"Rank {rank} did not write '{name}':\n{Output}");
        return default;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static WorkerRun Start(
        string program, string[] before, string scenario, double limit, (string Name, string Value)[] variables, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("precision-ranks-").FullName;
        string[] arguments = [.. before, "exec", Worker, .. options, scenario, folder, limit.ToString(CultureInfo.InvariantCulture)];
        return new(program, arguments, variables.ToDictionary(static variable => variable.Name, static variable => variable.Value), folder);
    }

    private void Append(string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }
}
