using System.Net.Sockets;

namespace Precision.Distributed.Control;

/// <summary>
/// A rank's connection to rank 0: tells how far this rank is, and hears when the group fails. Then collectives throw, and a thread of its
/// own ends the process where the program does not end by itself: it may wait in native code for a rank that will never come.
/// </summary>
internal sealed class ControlChannel : IDisposable
{
    private readonly ControlConnection connection;
    private readonly ControlServer? server;
    private readonly ControlTiming timing;
    private readonly OwnClock clock;
    private readonly Thread thread;
    private readonly ManualResetEventSlim opened = new();
    private readonly ManualResetEventSlim ended = new();
    private readonly OwnProgress progress = new();
    private byte[]? opening;
    private bool overdueReported;
    private volatile string? failure;
    private volatile bool allLeft;
    private volatile bool stopping;

    private ControlChannel(ControlConnection connection, ControlServer? server, ControlTiming timing)
    {
        (this.connection, this.server, this.timing) = (connection, server, timing);
        clock = new OwnClock(timing.LongestTick);
        thread = new Thread(Watch) { IsBackground = true, Name = "Precision group watch" };
        thread.Start();
    }

    /// <summary>What rank 0 gave all ranks to connect with.</summary>
    public byte[] Opening => opening!;

    /// <summary>Why the group cannot work any more; null while it can.</summary>
    public string? Failure => failure;

    /// <summary>Whether the program was told of the failure by an exception.</summary>
    public bool HasThrown { get; private set; }

    /// <summary>Finds what else can be wrong, on the watching thread; null = nothing.</summary>
    public Func<TimeSpan, Fault?>? HealthCheck { private get; set; }

    /// <summary>Waits until all ranks are connected to rank 0, which this rank may be.</summary>
    /// <param name="launch">Who this is.</param>
    /// <param name="engine">The name of what all connect with.</param>
    /// <param name="timing">The limits.</param>
    /// <param name="opening">Makes, on rank 0, what the engine needs on all ranks to connect.</param>
    /// <exception cref="ProcessGroupException">Not all came in time, or they do not fit together.</exception>
    public static ControlChannel Join(LaunchEnvironment launch, string engine, ControlTiming timing, Func<byte[]> opening)
    {
        var server = launch.Rank == 0 ? new ControlServer(launch, engine, timing, opening) : null;
        ControlChannel? channel = null;
        try
        {
            var connection = Rendezvous.Connect(launch, timing);
            connection.TrySend(
                FrameKind.Hello,
                new Greeting(launch.Job, engine, launch.Rank, launch.WorldSize, Environment.MachineName, Environment.ProcessId).ToBytes());
            channel = new ControlChannel(connection, server, timing);
            channel.WaitForStart();
            return channel;
        }
        catch
        {
            channel?.Close();
            server?.Dispose();
            throw;
        }
    }

    /// <summary>This rank calls a collective.</summary>
    /// <exception cref="ProcessGroupException">The group has failed.</exception>
    public void Enter(Collective collective)
    {
        ThrowIfFailed();
        progress.Enter(collective, clock.Now);
    }

    /// <summary>The collective that this rank called last has returned.</summary>
    public void Complete() => progress.Complete();

    /// <summary>Engines that wait on the host call it while they wait.</summary>
    /// <exception cref="ProcessGroupException">The group has failed.</exception>
    public void ThrowIfFailed()
    {
        if (failure is { } why)
        {
            HasThrown = true;
            throw new ProcessGroupException(why);
        }
    }

    /// <summary>Tells all ranks that this one fails, and waits until they have been told.</summary>
    public void Fail(string why)
    {
        if (failure is null && TryReport(FrameKind.Failed, why))
        {
            ended.Wait(timing.Reply);
        }
    }

    /// <summary>This rank finds that the others have called another collective than its last: rank 0 names what each has called.</summary>
    /// <exception cref="ProcessGroupException">Always.</exception>
    public void FailTogether()
    {
        SendProgress();
        ended.Wait(timing.Reply);
        Fail(Collective.Differ);
        SetFailure(Collective.Differ);
        ThrowIfFailed();
    }

    /// <summary>Waits until all ranks leave.</summary>
    /// <returns>Whether they do; false where the group has failed.</returns>
    public bool Leave()
    {
        if (failure is null)
        {
            progress.Enter(new Collective(CollectiveKind.Dispose), clock.Now);
            SendProgress();
            ended.Wait();
        }

        return allLeft;
    }

    /// <summary>Closes the connection; after <see cref="Leave"/>.</summary>
    public void Dispose()
    {
        Close();
        server?.Dispose();
    }

    private void Close()
    {
        stopping = true;
        thread.Join();
        connection.Dispose();
    }

    private void WaitForStart()
    {
        WaitHandle.WaitAny([opened.WaitHandle, ended.WaitHandle]);
        ThrowIfFailed();
    }

    private void Watch()
    {
        var frames = new List<ControlFrame>();
        var (heard, nextReport) = (clock.Now, clock.Now);
        while (!stopping && !allLeft)
        {
            frames.Clear();
            var isReadable = connection.Socket.Poll(timing.Interval / 2, SelectMode.SelectRead);
            var isThere = !isReadable || connection.TryReceive(frames);
            frames.ForEach(Handle);
            var now = clock.Tick();
            heard = isReadable ? now : heard;
            if (!isThere && !allLeft)
            {
                SetFailure("Rank 0 has ended without leaving the group, or cannot be reached any more; what it or its launcher wrote says why.");
            }
            else if (now - heard > timing.Limit)
            {
                SetFailure(
                    $"Rank 0 gave no sign of life for {RankRecord.Format(timing.Limit)}: it is stopped or cannot be reached. "
                        + (progress.Report.Last is { Length: > 0 } last
                            ? $"Last this rank called {last}."
                            : "This rank has not joined yet: another program may listen on the port above MASTER_PORT. Set another number."));
            }

            if (failure is not null)
            {
                ProcessEnd.After(timing.Grace, $"Precision ends this process, because its group cannot go on. {failure}", unless: () => stopping);
                return;
            }

            if (now >= nextReport)
            {
                nextReport = now + timing.Interval;
                SendProgress();
                Check(now);
            }
        }
    }

    private void Handle(ControlFrame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Start:
                opening = frame.Payload;
                opened.Set();
                break;
            case FrameKind.Verdict:
                SetFailure(Payload.Text(frame.Payload));
                break;
            case FrameKind.AllLeft:
                allLeft = true;
                ended.Set();
                break;
        }
    }

    // Where this rank is belongs to what happens to it.
    private bool TryReport(FrameKind kind, string text)
    {
        SendProgress();
        return connection.TrySend(kind, Payload.Bytes(text));
    }

    private void SendProgress() => connection.TrySend(FrameKind.Progress, progress.Report.ToBytes());

    // Rank 0 sees who is missing; what is left is a collective that does not end although all have called it.
    private void Check(TimeSpan now)
    {
        if (HealthCheck?.Invoke(now) is { } fault)
        {
            TryReport(fault.Kind, fault.Text);
        }

        if (progress.Unfinished is not { } unfinished)
        {
            return;
        }

        var waited = now - unfinished.Since;
        var limit = unfinished.Collective.Kind is CollectiveKind.Joining ? timing.Joining : timing.Limit;
        var text = $"{unfinished.Collective} did not end within {RankRecord.Format(limit)}";
        if (waited > limit + (2 * timing.Reply))
        {
            SetFailure($"{text}, and rank 0 does not say why.");
        }
        else if (waited > limit + timing.Reply && !overdueReported)
        {
            overdueReported = true;
            TryReport(FrameKind.Overdue, text);
        }
    }

    private void SetFailure(string why)
    {
        failure ??= why;
        ended.Set();
    }
}
