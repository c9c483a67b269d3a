using Precision.Generator.Operations;

namespace Precision.Generator.Flow;

/// <summary>
/// What operations make of integers and booleans, where floating operands would give their own dtype. The table was made for
/// floating operands; this adds the rest.
/// </summary>
internal static class Integers
{
    /// <summary>Operations that count or add up: Int64 of any integers.</summary>
    private static readonly HashSet<string> Sums = new(StringComparer.Ordinal) { "sum", "prod", "cumsum", "cumprod", "nansum" };

    /// <summary>Operations that divide or are smooth: the default dtype of any integers.</summary>
    private static readonly HashSet<string> Smooth = new(StringComparer.Ordinal)
    {
        "op_Division", "div", "divide", "true_divide", "sigmoid", "tanh", "erf", "erfc", "i0", "sinc", "arctan", "atan", "arctan2", "atan2",
        "asinh", "arcsinh", "deg2rad", "rad2deg",
    };

    /// <summary>The result's dtypes, from those that the rule for floating operands gives.</summary>
    public static Dtypes Result(Operation operation, Dtypes dtypes)
    {
        if (!dtypes.Overlaps(Dtypes.Integral))
        {
            return dtypes;
        }

        var floating = dtypes & ~Dtypes.Integral;
        if (Sums.Contains(operation.Member))
        {
            return floating | Dtypes.Int64;
        }

        return operation.Has(OperationTraits.Overflow | OperationTraits.Logarithm | OperationTraits.Angle) || Smooth.Contains(operation.Member)
            ? floating | Dtypes.Float32
            : dtypes;
    }
}
