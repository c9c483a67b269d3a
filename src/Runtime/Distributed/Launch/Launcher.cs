using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Precision.Distributed.Control;

namespace Precision.Distributed;

/// <summary>Starts this program once for each GPU of this machine, where no launcher (torchrun, srun, mpirun) is at hand.</summary>
public static class Launcher
{
    /// <summary>What ranks have to save and end in after a signal: as Slurm's KillWait.</summary>
    private static readonly TimeSpan TimeToSave = TimeSpan.FromSeconds(30);

    // The others learn of a rank's failure from their group and end by themselves, with the reason.
    private static readonly TimeSpan Patience = ControlTiming.LongestGrace + TimeSpan.FromSeconds(2);

    /// <summary>Whether this process is one of several that a launcher started; it shall not start more.</summary>
    /// <exception cref="ProcessGroupException">The launcher's variables contradict each other.</exception>
    public static bool IsLaunched => LaunchEnvironment.Read(Environment.GetEnvironmentVariable) != LaunchEnvironment.Alone;

    /// <summary>
    /// Starts this program again as ranks of one group, with torchrun's variables, and waits for all of them. Where one fails, the others are
    /// ended, seven seconds later at the latest. Ctrl-C, SIGTERM and SIGHUP reach the ranks, which have 30 seconds to save and end; a second
    /// one ends them at once.
    /// </summary>
    /// <param name="processes">The number of ranks.</param>
    /// <param name="arguments">The command line of each.</param>
    /// <returns>The exit code of the rank that failed first; 0 where none did. Return it from <c>Main</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no rank to start.</exception>
    /// <exception cref="InvalidOperationException">This process was launched itself.</exception>
    public static int Run(int processes, IEnumerable<string> arguments) => Run(processes, arguments, TimeToSave);

    /// <summary>As <see cref="Run(int, IEnumerable{string})"/>, with another time to save.</summary>
    internal static int Run(int processes, IEnumerable<string> arguments, TimeSpan timeToSave)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processes, 1);
        if (IsLaunched)
        {
            throw new InvalidOperationException("This process is a rank already. Ask Launcher.IsLaunched first.");
        }

        var port = FreePort();
        var ranks = Enumerable.Range(0, processes).Select(rank => Start(rank, processes, port, [.. arguments])).ToList();
        try
        {
            using var signals = new StopSignals(ranks, timeToSave, End);
            return WaitForAll(ranks);
        }
        finally
        {
            ranks.ForEach(static rank => rank.Dispose());
        }
    }

    private static int WaitForAll(List<Process> ranks)
    {
        var running = ranks.ToDictionary(static rank => rank.WaitForExitAsync());
        var firstCode = 0;
        while (running.Count > 0)
        {
            var finished = Task.WhenAny(running.Keys);
            if (firstCode == 0)
            {
                finished.Wait();
            }
            else if (!finished.Wait(Patience))
            {
                ranks.ForEach(End);
            }

            foreach (var ended in running.Keys.Where(static task => task.IsCompleted).ToList())
            {
                running.Remove(ended, out var rank);
                firstCode = firstCode == 0 ? rank!.ExitCode : firstCode;
            }
        }

        return firstCode;
    }

    private static Process Start(int rank, int processes, int port, string[] arguments)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("The system does not tell this program's path.");

        // Under `dotnet Program.dll` the program is an argument too.
        var isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        var start = new ProcessStartInfo(program, isHost ? [Environment.GetCommandLineArgs()[0], .. arguments] : arguments);
        var threads = Math.Max(1, Environment.ProcessorCount / processes);
        start.Environment["RANK"] = start.Environment["LOCAL_RANK"] = Text(rank);
        start.Environment["WORLD_SIZE"] = start.Environment["LOCAL_WORLD_SIZE"] = Text(processes);
        start.Environment["MASTER_ADDR"] = "127.0.0.1";
        start.Environment["MASTER_PORT"] = Text(port - 1);
        start.Environment.TryAdd("OMP_NUM_THREADS", Text(threads));
        return Process.Start(start)!;
    }

    private static void End(Process rank)
    {
        if (!rank.HasExited)
        {
            rank.Kill(entireProcessTree: true);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Rank 0 listens on the port above MASTER_PORT.
    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
