using System.Text.Json;
using Precision.Distributed.Control;
using static TorchSharp.torch;

namespace Precision.Distributed.Worker;

/// <summary>What a scenario is given: the way into its group, and where its results go.</summary>
/// <param name="folder">The results' folder, the same for all ranks.</param>
/// <param name="limit">How long ranks wait for each other.</param>
internal sealed class WorkerContext(string folder, TimeSpan limit) : IDisposable
{
    private readonly Dictionary<string, object> results = [];
    private ProcessGroup? group;
    private bool isForgotten;

    public string Folder => folder;

    /// <summary>The limits of the group. Starting the processes takes its time on a busy machine, whatever is tested.</summary>
    public ControlTiming Timing { get; set; } = new(limit, TimeSpan.FromSeconds(60));

    /// <summary>This rank's group, joined at the first use.</summary>
    public ProcessGroup Group => group ??= ProcessGroup.Join(Timing);

    /// <summary>Waits no longer for ranks to come than for anything else.</summary>
    public void WaitShortForOthers() => Timing = Timing with { Joining = limit };

    /// <summary>Returns when all ranks run, before they join.</summary>
    public void WaitForProcesses(LaunchEnvironment launch)
    {
        WriteAs(launch.Rank, "process", Environment.ProcessId);
        while (Directory.GetFiles(folder, "rank-*.json").Length < launch.WorldSize)
        {
            Thread.Sleep(10);
        }
    }

    /// <summary>Takes a group that a scenario has joined in its own way.</summary>
    public ProcessGroup Use(ProcessGroup joined) => group = joined;

    /// <summary>Writes a result at once, so that it stays when the process is killed.</summary>
    public void Write(string name, object value) => WriteAs(Group.Rank, name, value);

    /// <summary>Writes a result of a rank that joins no group.</summary>
    public void WriteAs(int rank, string name, object value)
    {
        results[name] = value;
        var path = Path.Combine(folder, $"rank-{rank}.json");
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(results));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Writes a tensor's values as float64.</summary>
    public void WriteValues(string name, Tensor values) => Write(name, values.detach().to(float64).cpu().flatten().data<double>().ToArray());

    /// <summary>Writes what an action throws: type and message.</summary>
    public void WriteException(string name, Action action)
    {
        try
        {
            action();
            Write(name, "nothing");
        }
        catch (Exception error)
        {
            Write(name, $"{error.GetType().Name}: {error.Message}");
        }
    }

    /// <summary>Leaves the group to the end of the process.</summary>
    public void Forget() => isForgotten = true;

    public void Dispose()
    {
        if (!isForgotten)
        {
            group?.Dispose();
        }
    }
}
