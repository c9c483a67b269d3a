using Precision.Optim;

namespace Precision.Runtime.Tests.Training;

/// <summary>The program that a test starts as a process of its own, to kill it while it writes checkpoints.</summary>
internal static class SaveForever
{
    public const string Started = "writing";

    /// <param name="path">The checkpoint.</param>
    public static void Run(string path)
    {
        using var run = new CheckpointTests.Run(Dtype.BFloat16, Dtype.BFloat16, true, nameof(FusedAdamW));
        run.Train(1);
        run.Training.Save(path, run.Schedule);
        Console.WriteLine(Started);
        while (true)
        {
            run.Training.Save(path, run.Schedule);
        }
    }
}
