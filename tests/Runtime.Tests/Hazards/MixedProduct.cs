using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Runtime.Tests.Hazards;

/// <summary>The program that a test starts as a process of its own: <c>Tensor.matmul</c> of two dtypes.</summary>
internal static class MixedProduct
{
    public const string Survived = "survived";

    /// <param name="dtype">The right operand's; the left one's is BFloat16.</param>
    public static void Run(string dtype)
    {
        var left = ones(2, 2, dtype: ScalarType.BFloat16);
        var right = ones(2, 2, dtype: Enum.Parse<ScalarType>(dtype));
        try
        {
            left.matmul(right);
        }
        catch (Exception exception)
        {
            Console.WriteLine(exception.Message);
        }

        Console.WriteLine(Survived);
    }
}
