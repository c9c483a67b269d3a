using System.Net;
using System.Net.Sockets;

namespace Precision.Distributed.Control;

/// <summary>
/// Rank 0's side of the control connections: waits for all ranks, hears how far each is, and tells all when one fails. A thread of its own,
/// so that it answers whatever the program does.
/// </summary>
internal sealed class ControlServer : IDisposable
{
    private readonly Socket listener;
    private readonly Func<byte[]> opening;
    private readonly string job;
    private readonly string engine;
    private readonly GroupHealth health;
    private readonly ControlTiming timing;
    private readonly OwnClock clock;
    private readonly List<ControlConnection> strangers = [];
    private readonly Dictionary<ControlConnection, int> ranks = [];
    private readonly List<ControlFrame> frames = [];
    private readonly Thread thread;
    private TimeSpan nextBeat;
    private bool started;
    private bool haveLeft;
    private string? verdict;
    private volatile bool stopping;

    /// <summary>Starts to listen.</summary>
    /// <param name="launch">Rank 0's.</param>
    /// <param name="engine">The name of what all connect with.</param>
    /// <param name="timing">The limits.</param>
    /// <param name="opening">Makes what the engine needs on all ranks to connect; called when all have come.</param>
    /// <exception cref="ProcessGroupException">The port is taken.</exception>
    public ControlServer(LaunchEnvironment launch, string engine, ControlTiming timing, Func<byte[]> opening)
    {
        (job, this.engine, this.timing, this.opening) = (launch.Job, engine, timing, opening);
        clock = new OwnClock(timing.LongestTick);
        health = new GroupHealth(launch.WorldSize, timing.Limit, timing.Interval);
        listener = Listen(launch.MeetingPlace);
        thread = new Thread(Run) { IsBackground = true, Name = "Precision group control" };
        thread.Start();
    }

    /// <summary>Ends the connections, after the ranks have closed theirs or had the time to: what is on the way shall arrive.</summary>
    public void Dispose()
    {
        stopping = true;
        thread.Join();
    }

    private static Socket Listen(RendezvousAddress address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            var isLocal = address.Host is "localhost" || (IPAddress.TryParse(address.Host, out var ip) && IPAddress.IsLoopback(ip));
            var everywhere = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
            socket.Bind(new IPEndPoint(isLocal ? IPAddress.Loopback : everywhere, address.Port));
            socket.Listen();
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new ProcessGroupException(
                $"Rank 0 cannot listen on port {address.Port}, where the other ranks look for it: {error.Message}. "
                    + "Set MASTER_PORT to another number for all ranks (the port above it is used).",
                error);
        }
    }

    private void Run()
    {
        for (TimeSpan? stopAt = null; stopAt is null || (ranks.Count > 0 && clock.Now < stopAt);)
        {
            var readable = strangers.Concat(ranks.Keys).Select(static connection => connection.Socket).Append(listener).ToList();
            Socket.Select(readable, null, null, timing.Interval / 2);
            Accept(readable);
            Receive(readable);
            var now = clock.Tick();
            if (stopping)
            {
                stopAt ??= now + timing.Reply;
            }
            else
            {
                Judge(started ? health.Check(now) : StartOrGiveUp(now));
                LetLeave();
                Beat(now);
            }
        }

        listener.Dispose();
        strangers.Concat(ranks.Keys).ToList().ForEach(static connection => connection.Dispose());
    }

    private void Beat(TimeSpan now)
    {
        if (now >= nextBeat)
        {
            nextBeat = now + timing.Interval;
            Broadcast(FrameKind.Beat);
        }
    }

    private void LetLeave()
    {
        if (!haveLeft && verdict is null && health.AllLeave)
        {
            haveLeft = true;
            Broadcast(FrameKind.AllLeft);
        }
    }

    // The first verdict counts: what follows is its consequence.
    private void Judge(string? found)
    {
        if (found is not null && verdict is null)
        {
            verdict = found;
            Broadcast(FrameKind.Verdict, Payload.Bytes(found));
        }
    }

    private string? StartOrGiveUp(TimeSpan now)
    {
        if (verdict is not null || !health.IsComplete)
        {
            return now > timing.Joining ? health.NotAllCame(timing.Joining) : null;
        }

        try
        {
            Broadcast(FrameKind.Start, opening());
            started = true;
            return null;
        }
        catch (Exception error)
        {
            return health.Failed(0, error.Message, now);
        }
    }

    private void Accept(List<Socket> readable)
    {
        try
        {
            if (readable.Contains(listener))
            {
                strangers.Add(new ControlConnection(listener.Accept()));
            }
        }
        catch (SocketException)
        {
            // Whoever wanted to connect has given up.
        }
    }

    private void Receive(List<Socket> readable)
    {
        foreach (var connection in strangers.Concat(ranks.Keys).Where(connection => readable.Contains(connection.Socket)).ToList())
        {
            frames.Clear();
            var isThere = connection.TryReceive(frames);
            foreach (var frame in frames)
            {
                Handle(connection, frame);
            }

            if (!isThere)
            {
                Forget(connection);
            }
        }
    }

    private void Forget(ControlConnection connection)
    {
        strangers.Remove(connection);
        connection.Dispose();
        if (ranks.Remove(connection, out var rank) && !haveLeft && verdict is null)
        {
            Judge(health.Lost(rank, clock.Now));
        }
    }

    private void Handle(ControlConnection connection, ControlFrame frame)
    {
        if (!ranks.TryGetValue(connection, out var rank))
        {
            Welcome(connection, frame);
            return;
        }

        // A rank that was refused goes on to speak; nothing that is heard counts any more.
        if (verdict is not null)
        {
            return;
        }

        switch (frame.Kind)
        {
            case FrameKind.Progress:
                health.Advance(rank, RankProgress.From(frame.Payload), clock.Now);
                break;
            case FrameKind.Failed:
                Judge(health.Failed(rank, Payload.Text(frame.Payload), clock.Now));
                break;
            case FrameKind.Overdue:
                Judge(health.Overdue(rank, Payload.Text(frame.Payload), clock.Now));
                break;
        }
    }

    private void Welcome(ControlConnection connection, ControlFrame frame)
    {
        var greeting = frame.Kind is FrameKind.Hello ? Greeting.From(frame.Payload) : null;
        if (greeting is null || greeting.Job != job)
        {
            var text = "Another job's rank 0 listens there, or MASTER_ADDR and MASTER_PORT are not the same for all ranks. Set MASTER_PORT to another number.";
            connection.TrySend(FrameKind.Verdict, Payload.Bytes(text));
            return;
        }

        strangers.Remove(connection);
        ranks.Add(connection, greeting.Rank);
        Judge(
            greeting.Engine == engine
                ? health.Join(greeting, clock.Now)
                : $"Rank {greeting.Rank} ({greeting.Host}, process {greeting.ProcessId}) connects by {greeting.Engine} and rank 0 by {engine}: "
                    + "all ranks need a GPU, or none. CUDA_VISIBLE_DEVICES= (empty) makes a rank use its CPU.");
        if (verdict is not null)
        {
            connection.TrySend(FrameKind.Verdict, Payload.Bytes(verdict));
        }
    }

    private void Broadcast(FrameKind kind, byte[]? payload = null)
    {
        foreach (var connection in ranks.Keys)
        {
            connection.TrySend(kind, payload);
        }
    }
}
