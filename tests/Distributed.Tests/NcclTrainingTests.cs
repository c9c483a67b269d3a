using Precision.Distributed.Tests.Infrastructure;
using static Precision.Distributed.Tests.Infrastructure.TrainingResults;
using static Precision.Distributed.Tests.Infrastructure.TwoGpus;

namespace Precision.Distributed.Tests;

/// <summary>The trainings of <see cref="MpiTrainingTests"/> on two GPUs.</summary>
public sealed class NcclTrainingTests
{
    private const double Limit = 60;

    [SkippableFact]
    public void TwoGpusTrainAsOneWithTheJointBatch()
    {
        TwoGpus.Require();
        using var run = WorkerRun.RunByLauncher(Ranks, "Trainings", Limit).ThatSucceeds();
        using var alone = WorkerRun.StartOne("Trainings", Limit, ("PRECISION_JOINT", $"{Ranks}")).Wait().ThatSucceeds();
        foreach (var name in new[] { "plain", "clipped", "micro-batches", "bfloat16" })
        {
            var plain = Numbers(run.Rank(0), name);
            Assert.Equal(plain, Numbers(run.Rank(1), name));

            // Sums of many threads come in another order each time, and BFloat16 gradients are exchanged as they are.
            var tolerance = name is "bfloat16" ? 0.05 : 1e-4;
            Check(Numbers(alone.Rank(0), name), plain, tolerance, name);
            var sharded = name == "plain" ? "sharded" : $"sharded, {name}";
            Check(Numbers(run.Rank(0), sharded), plain, tolerance, sharded);
        }

        foreach (var name in new[] { "not overlapped", "sharded, not overlapped" })
        {
            Check(Numbers(run.Rank(0), name), Numbers(run.Rank(0), "plain"), 1e-4, name);
        }
    }

    [SkippableFact]
    public void AnInfinityOnOneRankSkipsTheStepOnBoth()
    {
        TwoGpus.Require();
        using var run = WorkerRun.RunByLauncher(Ranks, "Trainings.Infinity", Limit).ThatSucceeds();
        foreach (var name in new[] { "Float16 False", "Float16 True", "BFloat16 False", "BFloat16 True" })
        {
            for (var rank = 0; rank < Ranks; rank++)
            {
                var result = run.Rank(rank).GetProperty(name);
                Assert.Equal(("NonFiniteGradient", true), (result.GetProperty("Outcome").GetString(), result.GetProperty("IsKept").GetBoolean()));
            }
        }
    }

    [SkippableFact]
    public void OneGpuGoesOnFromTwo()
    {
        TwoGpus.Require();
        var folder = Directory.CreateTempSubdirectory("precision-resume-");
        try
        {
            var path = ("PRECISION_CHECKPOINT", Path.Combine(folder.FullName, "training.ckpt"));
            using var two = WorkerRun.RunByLauncher(Ranks, "Trainings.Resume", Limit, path).ThatSucceeds();
            using var one = WorkerRun.StartOne("Trainings.Resume", Limit, path, ("PRECISION_JOINT", "2")).Wait().ThatSucceeds();
            using var again = WorkerRun.RunByLauncher(Ranks, "Trainings.Resume", Limit, path).ThatSucceeds();
            Assert.Equal(Numbers(two.Rank(0), "saved weights"), Numbers(one.Rank(0), "loaded weights"));
            Assert.Equal(Numbers(one.Rank(0), "saved weights"), Numbers(again.Rank(1), "loaded weights"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
