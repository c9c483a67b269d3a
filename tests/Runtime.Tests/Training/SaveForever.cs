using Precision.Optim;

namespace Precision.Runtime.Tests.Training;

/// <summary>The program that a test starts as a process of its own, to kill it while it writes checkpoints.</summary>
internal static class SaveForever
{
    public const string Argument = "save-forever";
    public const string Started = "writing";

    public static void Main(string[] arguments)
    {
        if (arguments is not [Argument, var path])
        {
            throw new ArgumentException($"Run the tests with dotnet test; '{Argument} FILE' is for one of them.");
        }

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
