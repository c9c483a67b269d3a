using System.Net;
using System.Net.Sockets;
using Precision.Distributed.Control;

namespace Precision.Distributed.Tests;

/// <summary>Ranks that meet over real connections, all in this process.</summary>
public sealed class MeetingTests
{
    private static readonly ControlTiming Timing = new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20));

    private readonly int port = FreePort();

    [Fact]
    public async Task RanksMeetInAnyOrderAndLeaveTogether()
    {
        var ranks = await Task.WhenAll(Join(2), Join(1), Join(0));
        Assert.All(ranks, static rank => Assert.Equal([1, 2, 3], rank.Opening));
        Assert.All(await Task.WhenAll(ranks.Select(static rank => Task.Run(rank.Leave))), Assert.True);
        await Task.WhenAll(ranks.Select(static rank => Task.Run(rank.Dispose)));
    }

    [Fact]
    public async Task StrangersDoNotDisturb()
    {
        var first = Join(0);
        var other = await Assert.ThrowsAsync<ProcessGroupException>(() => Join(1, job: "another"));
        Assert.Contains("Another job's rank 0 listens there", other.Message, StringComparison.Ordinal);

        using var browser = new TcpClient();
        await browser.ConnectAsync(IPAddress.Loopback, port);
        await browser.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: here\r\n\r\n"u8.ToArray());

        var ranks = await Task.WhenAll(first, Join(1), Join(2));
        Assert.All(await Task.WhenAll(ranks.Select(static rank => Task.Run(rank.Leave))), Assert.True);
        await Task.WhenAll(ranks.Select(static rank => Task.Run(rank.Dispose)));
    }

    [Fact]
    public async Task RanksWithDifferentEnginesAreRefusedEverywhere()
    {
        Task<ControlChannel>[] ranks = [Join(0), Join(1, engine: "MPI")];
        foreach (var rank in ranks)
        {
            var error = await Assert.ThrowsAsync<ProcessGroupException>(() => rank);
            Assert.Contains("connects by MPI and rank 0 by NCCL", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WhatRankZeroCannotMakeIsToldToAll()
    {
        Task<ControlChannel>[] ranks = [Join(0, opening: static () => throw new NotSupportedException("No id today.")), Join(1), Join(2)];
        foreach (var rank in ranks)
        {
            var error = await Assert.ThrowsAsync<ProcessGroupException>(() => rank);
            Assert.StartsWith("Rank 0 ", error.Message, StringComparison.Ordinal);
            Assert.Contains("failed: No id today.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ATakenPortIsNamed()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, port));
        taken.Listen();
        var error = await Assert.ThrowsAsync<ProcessGroupException>(() => Join(0));
        Assert.Contains($"Rank 0 cannot listen on port {port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("MASTER_PORT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherProgramWhereRankZeroShouldListenIsSuspected()
    {
        using var other = new TcpListener(IPAddress.Loopback, port);
        other.Start();
        var error = await Assert.ThrowsAsync<ProcessGroupException>(() => Join(1, timing: new ControlTiming(TimeSpan.FromSeconds(1), Timing.Joining)));
        Assert.StartsWith("Rank 0 gave no sign of life for 1 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("another program may listen on the port above MASTER_PORT", error.Message, StringComparison.Ordinal);
    }

    private Task<ControlChannel> Join(int rank, string job = "job", string engine = "NCCL", Func<byte[]>? opening = null, ControlTiming? timing = null)
        => Task.Run(() => ControlChannel.Join(
            new LaunchEnvironment("a test", rank, 3, rank, job, new RendezvousAddress("127.0.0.1", port)), engine, timing ?? Timing, opening ?? (static () => [1, 2, 3])));

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
