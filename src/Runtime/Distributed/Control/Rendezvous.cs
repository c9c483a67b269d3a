using System.Diagnostics;
using System.Net.Sockets;

namespace Precision.Distributed.Control;

/// <summary>Connects to rank 0, which may be started later than this rank.</summary>
internal static class Rendezvous
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <exception cref="ProcessGroupException">Rank 0 does not listen within the limit.</exception>
    public static ControlConnection Connect(LaunchEnvironment launch, ControlTiming timing)
    {
        var (host, port) = launch.MeetingPlace;
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new ControlConnection(Connect(host, port, timing.Joining - Stopwatch.GetElapsedTime(since)));
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                if (Stopwatch.GetElapsedTime(since) + Pause > timing.Joining)
                {
                    throw new ProcessGroupException(
                        $"Rank 0 did not come within {RankRecord.Format(timing.Joining)}: rank {launch.Rank} looked for it at {host}:{port} ({error.Message}). "
                            + "Look whether it was started and what it wrote, whether MASTER_ADDR names its machine for all ranks, "
                            + "and whether a firewall is between them.",
                        error);
                }
            }

            Thread.Sleep(Pause);
        }
    }

    private static Socket Connect(string host, int port, TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource(limit > TimeSpan.Zero ? limit : TimeSpan.Zero);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.ConnectAsync(host, port, cancellation.Token).AsTask().GetAwaiter().GetResult();

            // Where nobody listens yet, a connection may get this very port as its own and reach itself.
            return !Equals(socket.LocalEndPoint, socket.RemoteEndPoint) ? socket : throw new SocketException((int)SocketError.ConnectionRefused);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
