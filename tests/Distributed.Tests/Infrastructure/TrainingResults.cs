using System.Text.Json;

namespace Precision.Distributed.Tests.Infrastructure;

/// <summary>What the worker's trainings write, and how it is compared.</summary>
internal static class TrainingResults
{
    public static double[] Numbers(JsonElement results, string name) => results.GetProperty(name).Deserialize<double[]>()!;

    /// <summary>Refuses numbers that differ by more than is allowed.</summary>
    public static void Check(double[] expected, double[] found, double tolerance, string name)
    {
        Assert.Equal(expected.Length, found.Length);
        var worst = expected.Zip(found, static (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= tolerance, $"{name}: the largest difference is {worst:G3}, and {tolerance:G3} is allowed.");
    }
}
