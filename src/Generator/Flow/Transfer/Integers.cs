using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Flow.Transfer;

/// <summary>What operations make of integers and booleans, as the table says.</summary>
internal static class Integers
{
    /// <summary>What operations that say yes or no give: booleans, but for those of bytes that give bytes.</summary>
    public static Dtypes Truth(Operation operation, Dtypes input)
        => operation.Integers is not IntegerResult.Bytes || !input.Overlaps(Dtypes.Byte) ? Dtypes.Bool
            : input is Dtypes.Byte ? Dtypes.Byte
            : Dtypes.Bool | Dtypes.Byte;

    /// <summary>The result's dtypes, from those that the rule for floating operands gives.</summary>
    public static Dtypes Result(Operation operation, Dtypes dtypes, Numbers numbers)
    {
        if (!dtypes.Overlaps(Dtypes.Integral))
        {
            return dtypes;
        }

        var floating = dtypes & ~Dtypes.Integral;
        return operation.Integers switch
        {
            IntegerResult.Int64 => floating | Dtypes.Int64,
            IntegerResult.Default => floating | numbers.Defaults,
            IntegerResult.Refused when dtypes.Overlaps(Dtypes.Floating) => dtypes & Dtypes.Floating,
            IntegerResult.WithNumber when dtypes.Overlaps(Dtypes.Bool) => (dtypes & ~Dtypes.Bool) | Dtypes.Int64,
            _ => dtypes,
        };
    }
}
