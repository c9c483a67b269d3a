using System.Text.Json;
using Precision.Distributed.Tests.Infrastructure;

namespace Precision.Distributed.Tests;

/// <summary>
/// Meeting, the control connection and what is given to NCCL, in real processes on CPUs: NCCL's library and the GPU are doubles, which note
/// calls. The processes are started by <see cref="Launcher"/>.
/// </summary>
public sealed class NcclDoubleTests
{
    private const double Limit = 1.5;

    [Fact]
    public void NcclIsCalledAsItsHeaderSays()
    {
        using var run = WorkerRun.RunByLauncher(2, "NcclDouble.Collectives", 30).ThatSucceeds();
        for (var rank = 0; rank < 2; rank++)
        {
            var results = run.Rank(rank);
            var calls = results.GetProperty("calls").Deserialize<string[]>()!;

            // The id that rank 0 made, 128 bytes by value, reaches both.
            Assert.Matches($"^CommInitRank {rank} of 2 made by process [0-9]+$", calls[0]);
            Assert.Equal(run.Rank(0).GetProperty("calls")[0].GetString()!.Split("made by")[1], calls[0].Split("made by")[1]);

            // Count, dtype (nccl.h: bytes 1, int32 2, float32 7, bfloat16 9), operation (sum 0, average 4) or root, communicator, stream.
            Assert.Equal(
                [
                    "AllReduce in place 6 9 4 True 42",
                    "Broadcast in place 16 1 1 True 42",
                    "ReduceScatter to another 2 7 0 True 42",
                    "AllGather to another 8 1 0 True 42",
                    "AllReduce in place 1 2 0 True 42",
                    "CommDestroy",
                ],
                calls[1..]);
            Assert.Equal(0, results.GetProperty("entered").GetInt32());
            Assert.False(results.GetProperty("isHostSide").GetBoolean());
            Assert.Contains("NCCL cannot reduce Bool", results.GetProperty("bool").GetString(), StringComparison.Ordinal);
        }
    }

    /// <summary>nccl.h: float16 6, float32 7, bfloat16 9; average 4.</summary>
    [Fact]
    public void ATrainingGivesNcclTheDtypeThatItExchangesInAndLetsStreamsWaitForEachOther()
    {
        const int weights = 3000 * 3000;
        const int bias = 3008;   // whole vectors
        const int flags = 64;
        using var run = WorkerRun.RunByLauncher(2, "NcclDouble.Training", 60).ThatSucceeds();
        for (var rank = 0; rank < 2; rank++)
        {
            var results = run.Rank(rank);
            foreach (var (name, dtype) in new[]
            {
                ("bfloat16", 9), ("bfloat16, in float32", 7), ("float16", 7), ("float16, in float16", 6), ("float32", 7), ("sharded", 9),
            })
            {
                // The first layer's bias is with its weight where the second layer fills a bucket. The flags come last.
                var (second, first) = dtype == 7 ? (bias, bias) : (2 * bias, 0);
                Assert.Equal(
                    [
                        "43 waits for 42", $"AllReduce in place {weights + second} {dtype} 4 True 43",
                        "43 waits for 42", $"AllReduce in place {weights + first + flags} {dtype} 4 True 43",
                        "42 waits for 43",
                    ],
                    Calls(name, "backward"));
                Assert.Equal(name == "sharded" ? 2 : 0, Calls(name, "step").Length);   // whether all are finite; the stepped weights
            }

            Assert.Empty(Calls("not overlapped", "backward"));
            Assert.Equal([$"AllReduce in place {(2 * (weights + bias)) + flags} 9 4 True 42"], Calls("not overlapped", "step"));
            Assert.Matches($"^ReduceScatter .* {weights + bias + flags} 9 4 True 42$", Calls("sharded, not overlapped", "step")[0]);
            Assert.Equal(0, results.GetProperty("entered").GetInt32());

            string[] Calls(string name, string when) => results.GetProperty($"{name}, {when}").Deserialize<string[]>()!;
        }
    }

    [Fact]
    public void AConnectionThatNeverComesEndsTheProcesses()
    {
        // Longer than the ranks need to meet on a busy machine: what is looked at comes after it.
        using var run = WorkerRun.RunByLauncher(2, "NcclDouble.NeverConnect", 6).ThatFails();
        Assert.Contains("Precision ends this process", run.Output, StringComparison.Ordinal);
        Assert.Contains("Joining did not end within 6 s", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AnErrorOfNcclEndsAllAndNamesTheRank()
    {
        using var run = WorkerRun.RunByLauncher(2, "NcclDouble.FailAsynchronously", Limit).ThatFails();
        var ends = run.Output.Split('\n').Where(static line => line.StartsWith("Precision ends this process", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, ends.Length);
        Assert.All(ends, static line => Assert.Matches(@"Rank 1 \(.*\) failed: NCCL reports system error", line));
    }

    [Fact]
    public void ACollectiveThatNeverEndsOnTheGpuEndsAllAlthoughNoHostWaits()
    {
        using var run = WorkerRun.RunByLauncher(2, "NcclDouble.StopDevices", Limit).ThatFails();
        Assert.Contains("a collective did not end on the GPU", run.Output, StringComparison.Ordinal);
        Assert.Contains("is after AllReduce of 4 × Float32", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AHostThatWaitsIsToldAndCanGiveUp()
    {
        using var run = WorkerRun.RunByLauncher(2, "NcclDouble.StopDevicesInBarrier", Limit);
        Assert.Equal(1, run.ExitCode);
        for (var rank = 0; rank < 2; rank++)
        {
            Assert.StartsWith("ProcessGroupException: Rank ", run.Rank(rank).GetProperty("barrier").GetString(), StringComparison.Ordinal);
            Assert.Equal("CommAbort", run.Rank(rank).GetProperty("calls").Deserialize<string[]>()![^1]);
        }
    }

    [Fact]
    public void ARankWithoutFirstRankSaysWhereItLooked()
    {
        using var run = WorkerRun.StartOne(
            "NcclDouble.Join", Limit,
            ("RANK", "1"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "1"), ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", "19876")).Wait().ThatFails();
        Assert.Contains("Rank 0 did not come within 1.5 s: rank 1 looked for it at 127.0.0.1:19877", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AFirstRankAloneNamesWhoIsMissing()
    {
        using var run = WorkerRun.StartOne(
            "NcclDouble.Join", Limit,
            ("RANK", "0"), ("WORLD_SIZE", "3"), ("LOCAL_RANK", "0"), ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", "19878")).Wait().ThatFails();
        Assert.Contains("Ranks 1, 2 of 3 did not come within 1.5 s", run.Output, StringComparison.Ordinal);
    }
}
