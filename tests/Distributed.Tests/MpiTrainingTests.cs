using System.Diagnostics;
using System.Text.Json;
using Precision.Distributed.Tests.Infrastructure;
using static Precision.Distributed.Tests.Infrastructure.TrainingResults;

namespace Precision.Distributed.Tests;

/// <summary>A small GPT trained by several processes on Open MPI, beside one process with the joint batch.</summary>
public sealed class MpiTrainingTests
{
    private const double Limit = 40;

    [SkippableTheory]
    [InlineData(2)]
    [InlineData(3)]
    public void SeveralProcessesTrainAsOneWithTheJointBatch(int ranks)
    {
        using var run = WorkerRun.RunByMpi(ranks, "Trainings", Limit).ThatSucceeds();
        using var alone = WorkerRun.StartOne("Trainings", Limit, ("PRECISION_JOINT", $"{ranks}")).Wait().ThatSucceeds();
        var (first, joint) = (run.Rank(0), alone.Rank(0));
        foreach (var name in new[] { "plain", "clipped", "micro-batches", "Adam", "bfloat16" })
        {
            var sharded = name == "plain" ? "sharded" : $"sharded, {name}";
            var plain = Numbers(first, name);
            Assert.All(Enumerable.Range(1, ranks - 1), rank => Assert.Equal(plain, Numbers(run.Rank(rank), name)));

            // Adam makes steps of gradients that are 0 but for rounding (the keys' biases): those depend on the order of sums.
            var tolerance = name switch { "bfloat16" => 0.03, "Adam" => 0.05, _ => 1e-5 };
            Check(Numbers(joint, name), plain, tolerance, name);
            Check(Numbers(first, sharded), plain, ranks == 2 && name != "clipped" ? 0 : tolerance, sharded);
            var parts = Enumerable.Range(0, ranks).Select(rank => run.Rank(rank).GetProperty($"{sharded}, elements of masters").GetInt64()).ToList();
            Assert.Equal(first.GetProperty($"{name}, elements of masters").GetInt64(), parts.Sum());
            Assert.True(parts.Max() < 0.6 * parts.Sum(), $"{sharded}: {string.Join(", ", parts)}");
        }

        // Averaged during the backward or after it: the same numbers are added in the same order.
        Assert.Equal(Numbers(first, "plain"), Numbers(first, "not overlapped"));
        Check(Numbers(first, "sharded"), Numbers(first, "sharded, not overlapped"), ranks == 2 ? 0 : 1e-5, "sharded, not overlapped");

        // The mean of the ranks' losses is the loss of the joint batch.
        foreach (var name in new[] { "plain", "Adam" })
        {
            var losses = Enumerable.Range(0, ranks).Select(rank => Numbers(run.Rank(rank), $"{name}, losses")).ToList();
            Check(Numbers(joint, $"{name}, losses"), [.. Enumerable.Range(0, 50).Select(step => losses.Average(loss => loss[step]))], 1e-4, $"{name}, losses");
        }
    }

    [SkippableFact]
    public void AnInfinityOnOneRankSkipsTheStepOnAll()
    {
        using var run = WorkerRun.RunByMpi(3, "Trainings.Infinity", Limit).ThatSucceeds();
        foreach (var name in new[] { "Float16 False", "Float16 True", "BFloat16 False", "BFloat16 True" })
        {
            for (var rank = 0; rank < 3; rank++)
            {
                var result = run.Rank(rank).GetProperty(name);
                Assert.Equal(("NonFiniteGradient", true, 1), (
                    result.GetProperty("Outcome").GetString(), result.GetProperty("IsKept").GetBoolean(), result.GetProperty("SkippedSteps").GetInt32()));
                Assert.Equal(name.StartsWith("Float16", StringComparison.Ordinal) ? 128 : 1, result.GetProperty("Scale").GetDouble());
            }
        }
    }

    [SkippableFact]
    public void ABackwardThatFailsAfterOthersBeganToWaitEndsAllWithItsText()
    {
        using var run = WorkerRun.RunByMpi(2, "Trainings.FailInBackward", Limit).ThatFails();
        Assert.StartsWith(
            "InvalidOperationException: The backward of a fused operation failed: The planted fault.",
            run.Rank(1).GetProperty("error").GetString(), StringComparison.Ordinal);
        var error = run.Rank(0).GetProperty("error").GetString()!;
        Assert.StartsWith("ProcessGroupException: Rank 1 ", error, StringComparison.Ordinal);
        Assert.Contains("failed: ", error, StringComparison.Ordinal);
    }

    /// <summary>Sharded, the second average of one rank would meet a smaller collective of the other, in whose buffer it does not fit.</summary>
    [SkippableTheory]
    [InlineData("Trainings.MoreBackwards")]
    [InlineData("Trainings.MoreBackwards.Sharded")]
    public void ARankWithMoreBackwardsThanTheOthersIsFoundInThatStep(string scenario)
    {
        using var run = WorkerRun.RunByMpi(2, scenario, Limit).ThatFails();
        for (var rank = 0; rank < 2; rank++)
        {
            var error = run.Rank(rank).GetProperty("error").GetString()!;
            Assert.StartsWith("ProcessGroupException: Ranks have called different collectives", error, StringComparison.Ordinal);
            Assert.Contains("OverlapCommunication = false", error, StringComparison.Ordinal);
            Assert.Matches(@"rank 1 \(.*\) is in AllReduce of \d+ × Float32 in step 2 ", error);
        }
    }

    [SkippableFact]
    public void AnotherNumberOfProcessesGoesOnFromTheSameState()
    {
        var folder = Directory.CreateTempSubdirectory("precision-resume-");
        try
        {
            var path = ("PRECISION_CHECKPOINT", Path.Combine(folder.FullName, "training.ckpt"));
            using var two = WorkerRun.RunByMpi(2, "Trainings.Resume", Limit, path).ThatSucceeds();
            using var one = WorkerRun.StartOne("Trainings.Resume", Limit, path, ("PRECISION_JOINT", "2")).Wait().ThatSucceeds();
            using var three = WorkerRun.RunByMpi(3, "Trainings.Resume", Limit, path).ThatSucceeds();
            Assert.Equal((0, 2, 4), (Steps(two), Steps(one), Steps(three)));
            Assert.Equal(Numbers(two.Rank(0), "saved weights"), Numbers(one.Rank(0), "loaded weights"));
            Assert.Equal(Numbers(one.Rank(0), "saved weights"), Numbers(three.Rank(2), "loaded weights"));
            Assert.Equal(Masters("saved masters", two, 2), Masters("loaded masters", one, 1));
            Assert.Equal(Masters("saved masters", one, 1), Masters("loaded masters", three, 3));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static int Steps(WorkerRun run) => run.Rank(0).GetProperty("loaded steps").GetInt32();
    }

    [SkippableFact]
    public void ARankThatIsKilledWhileSavingLeavesTheEarlierCheckpoint()
    {
        using var run = WorkerRun.StartByMpi(2, "Trainings.SaveForever", limit: 10);
        var random = new Random();
        run.WaitFor(1, "saved");
        Thread.Sleep(random.Next(200));
        using (var rank = Process.GetProcessById(run.WaitFor(1, "process").GetInt32()))
        {
            rank.Kill();
        }

        run.Wait().ThatFails();
        using var alone = WorkerRun.StartOne(
            "Trainings.Resume", Limit, ("PRECISION_CHECKPOINT", Path.Combine(run.Folder, "training.ckpt")), ("PRECISION_JOINT", "2")).Wait().ThatSucceeds();
        Assert.True(alone.Rank(0).GetProperty("loaded steps").GetInt32() >= run.Rank(1).GetProperty("saved").GetInt32());
    }

    private static SortedDictionary<string, double[]> Masters(string name, WorkerRun run, int ranks)
        => new(Enumerable.Range(0, ranks).SelectMany(rank => run.Rank(rank).GetProperty(name).Deserialize<Dictionary<string, double[]>>()!)
            .ToDictionary(static entry => entry.Key, static entry => entry.Value));
}
