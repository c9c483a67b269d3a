using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Numbers that the code writes down.</summary>
internal static class Constants
{
    /// <summary>The largest number of Float16.</summary>
    public const double Float16Maximum = 65504;

    /// <summary>The largest number of BFloat16.</summary>
    public const double BFloat16Maximum = 3.3895313892515355e38;

    /// <summary>Positive numbers up to this one are rounded to 0 in Float16: half of the smallest, 2⁻²⁴.</summary>
    public const double Float16Zero = 1.0 / (1 << 25);

    /// <summary>A constant number, or a limit of a dtype (<c>finfo(ScalarType.Float32).min</c>), or one with a minus before it; null for everything else.</summary>
    public static double? Of(IOperation? operation, DtypeFlow flow) => operation?.WithoutConversions() switch
    {
        { } written when Written(written) is { } number => number,
        IFieldReferenceOperation { Field: { Name: "min" or "max", ContainingType.Name: "FInfo" } field, Instance: IInvocationOperation { Arguments: [var dtype] } }
            => Maximum(flow.OfScalarType(dtype.Value)) * (field.Name == "min" ? -1 : 1),
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus, OperatorMethod: null, Operand: var negated } => -Of(negated, flow),
        _ => null,
    };

    /// <summary>A number that is written down, or that the compiler knows for one; null for everything else.</summary>
    public static double? Written(IOperation operation)
        => operation.WithoutConversions().ConstantValue is { HasValue: true, Value: IConvertible number and not string and not bool and not char }
            ? number.ToDouble(CultureInfo.InvariantCulture)
            : null;

    /// <summary>
    /// The constants that an expression may be: what the code writes there, also as a tensor of one element, what a field is assigned once, or
    /// what calls give to the parameter that stands there.
    /// </summary>
    public static IEnumerable<Constant> All(IOperation? operation, OperationContext context)
    {
        if (operation is null)
        {
            return [];
        }

        // In 16-bit the call that makes such a tensor is reported itself.
        var number = operation.WithoutConversions() is IInvocationOperation call && Factory.NumberOfOne(call) is { } element
            && context.Flow.Of(call).In(Dtypes.SixteenBit) is null
                ? element
                : operation;
        return Of(number, context.Flow) is { } written ? [new Constant(number, written, ConstantPlace.Here)]
            : OfObject(number.WithoutConversions(), context) is { Count: > 0 } assigned
                ? assigned.Select(given => new Constant(number, given, ConstantPlace.Field))
            : context.Flow.ConstantsOf(number).Select(given => new Constant(number, given, ConstantPlace.Elsewhere));
    }

    /// <summary>
    /// The constants that a field is assigned, directly or by the constructor's callers, or that a primary constructor is given. Nobody looks for
    /// them where no 16-bit takes them.
    /// </summary>
    private static IReadOnlyCollection<double> OfObject(IOperation number, OperationContext context)
        => number is not (IFieldReferenceOperation or IParameterReferenceOperation) || !IsNumber(number.Type)
                || context.Flow.Of(StoredConstants.Target(context)).In(Dtypes.SixteenBit) is null ? []
            : context.Behind(number) is var value && Of(value, context.Flow) is { } assigned ? [assigned]
            : ConstructorConstants.Of(value, context);

    private static bool IsNumber(ITypeSymbol? type)
        => type?.SpecialType is SpecialType.System_Double or SpecialType.System_Single or SpecialType.System_Int32 or SpecialType.System_Int64;

    /// <summary>The largest number of a dtype; null where it is not known which dtype.</summary>
    public static double? Maximum(Dtypes dtype) => dtype switch
    {
        Dtypes.Float16 => Float16Maximum,
        Dtypes.BFloat16 => BFloat16Maximum,
        Dtypes.Float32 => float.MaxValue,
        Dtypes.Float64 => double.MaxValue,
        _ => null,
    };

    /// <summary>
    /// Whether a 16-bit dtype rounds a number to 1 or -1 that is closer to 0 or farther from it: between 1 and the next number below lie
    /// 2⁻¹¹ (Float16) or 2⁻⁸ (BFloat16), above twice that, and halves go to 1.
    /// </summary>
    public static bool RoundsToOne(double number, Dtypes dtype)
    {
        var below = dtype is Dtypes.Float16 ? 1.0 / (1 << 12) : 1.0 / (1 << 9);
        var distance = Math.Abs(number) - 1;
        return distance != 0 && distance >= -below && distance <= 2 * below;
    }

    /// <summary>The distance from 1 to the next larger number; of several dtypes the largest.</summary>
    public static double StepAtOne(Dtypes dtypes) => dtypes.Overlaps(Dtypes.BFloat16) ? 1.0 / (1 << 7) : 1.0 / (1 << 10);

    /// <summary>Whether 16-bit dtypes have a number, range apart: 11 or 8 bits are enough for its digits.</summary>
    public static bool IsExact(double number, Dtypes dtypes)
    {
        var digits = Math.Abs(number);
        if (digits == 0 || double.IsInfinity(digits) || double.IsNaN(digits))
        {
            return true;
        }

        while (digits != Math.Floor(digits))
        {
            digits *= 2;
        }

        while (digits % 2 == 0)
        {
            digits /= 2;
        }

        return digits * StepAtOne(dtypes) < 2;
    }

    /// <summary>For a message: as it is in C#, shortest.</summary>
    public static string ToText(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A number in an operation.</summary>
/// <param name="Operand">The expression.</param>
/// <param name="Number">The number.</param>
/// <param name="Place">Where it is written.</param>
internal readonly record struct Constant(IOperation Operand, double Number, ConstantPlace Place)
{
    /// <summary>Whether it stands there.</summary>
    public bool IsWritten => Place is ConstantPlace.Here;

    /// <summary>What is known of a tensor's dtype where the number comes.</summary>
    public DtypeFact Beside(IOperation tensor, DtypeFlow flow) => Place is not ConstantPlace.Elsewhere ? flow.Of(tensor) : flow.Of(tensor, Operand, Number);
}

/// <summary>Where a number is written.</summary>
internal enum ConstantPlace
{
    /// <summary>In the operation.</summary>
    Here,

    /// <summary>Where a field is assigned, once, or where objects are made.</summary>
    Field,

    /// <summary>Where a variable is assigned, or in calls.</summary>
    Elsewhere,
}
