using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Factors by which a loss may be scaled by hand, without a scaler.</summary>
internal static class LossScales
{
    /// <summary>Weights of losses are smaller, and scales are larger.</summary>
    private const double Smallest = 128;

    /// <summary>Whether a factor may be a loss scale: a large constant, or a number that is called a scale.</summary>
    public static bool MayBe(IOperation factor, Code code)
    {
        var value = factor.WithoutConversions();
        var constant = value is ILocalReferenceOperation { Local: var local } && code.AssignedTo(local) is [{ } assigned] ? assigned : value;
        return constant.ConstantValue is { HasValue: true, Value: (double or float or int or long) and IConvertible number }
            ? number.ToDouble(CultureInfo.InvariantCulture) >= Smallest
            : Code.SymbolOf(value) is { } symbol && symbol.Name.IndexOf("scale", StringComparison.OrdinalIgnoreCase) >= 0;
    }
}
