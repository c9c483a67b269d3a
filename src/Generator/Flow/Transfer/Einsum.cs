using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Which equations of <c>einsum</c> are matrix products: libtorch multiplies element by element, with promotion, where nothing is summed.</summary>
internal static class Einsum
{
    /// <summary>Whether an index of both operands is missing in the result, so that their sum of products does not promote.</summary>
    /// <param name="equation">The argument.</param>
    /// <param name="operands">How many tensors go in: of more than two, libtorch chooses the order.</param>
    /// <returns>Null where that is not known.</returns>
    public static bool? Contracts(IOperation? equation, int operands)
    {
        if (operands != 2 || equation?.ConstantValue is not { HasValue: true, Value: string text })
        {
            return null;
        }

        var sides = text.Split(["->"], StringSplitOptions.None);
        if (sides[0].Split(',') is not [var left, var right])
        {
            return null;
        }

        // Without "->", the result has what occurs once.
        return left.Where(char.IsLetter).Any(index => right.Contains(index) && (sides.Length == 1 || !sides[1].Contains(index)));
    }
}
