using System.Globalization;
using Precision.Optim;
using Precision.Runtime.Tests.MasterWeights;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Training;

/// <summary>The program that a test starts as a process of its own, to kill it while it writes checkpoints.</summary>
internal static class SaveForever
{
    public const string Started = "writing";

    /// <param name="argument">The writer's number and the checkpoint's path: "3 /folder/checkpoint".</param>
    public static void Run(string argument)
    {
        var (writer, path) = (long.Parse(argument.Split(' ', 2)[0], CultureInfo.InvariantCulture), argument.Split(' ', 2)[1]);
        using var training = New();
        for (var count = 1L; ; count++)
        {
            training.Save(path, dataPosition: DataPosition(writer, count));
            if (count == 1)
            {
                Console.WriteLine(Started);
            }
        }
    }

    /// <summary>The training of every writer.</summary>
    public static MixedPrecisionTraining New()
        => MixedPrecisionTraining.Create(new Wrapper(Linear(16, 16)), static named => new FusedAdamW(named));

    /// <summary>Which checkpoint of which writer it is, long enough for its writing to take a while.</summary>
    public static byte[] DataPosition(long writer, long count)
        => [.. BitConverter.GetBytes(writer), .. BitConverter.GetBytes(count), .. new byte[100_000]];
}
