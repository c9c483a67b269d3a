using System.Globalization;
using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow.Values;

/// <summary>The kinds of C# numbers, by the dtype that libtorch takes for them.</summary>
/// <param name="defaults">The dtypes that floating tensors may get that are told none: Float32, unless the program changes it.</param>
internal sealed class Numbers(Dtypes defaults)
{
    /// <summary>Float16 holds smaller ones with fewer digits, or not at all.</summary>
    private const double SmallestNormal = 1.0 / (1 << 14);

    /// <summary>Of Float16.</summary>
    private const double Largest = 65504;

    /// <summary>The step of BFloat16 above 1.</summary>
    private const double CloseToOne = 1.0 / (1 << 7);

    public static readonly NumberValue Bool = new(Dtypes.Bool);

    /// <summary>A <c>Scalar</c> made of a boolean, which some bindings hand on as an integer.</summary>
    public static readonly NumberValue BoolOrInteger = new(Dtypes.Bool | Dtypes.Int64);

    public static readonly NumberValue Integer = new(Dtypes.Int64);

    public static readonly NumberValue Complex = new(Dtypes.ComplexFloat32);

    /// <summary>The dtypes that floating tensors may get that are told none.</summary>
    public Dtypes Defaults { get; } = defaults;

    public NumberValue Floating { get; } = new(defaults);

    /// <summary>A number of an unknown kind.</summary>
    public NumberValue Unknown { get; } = new(Dtypes.Bool | Dtypes.Int64 | defaults | Dtypes.ComplexFloat32);

    /// <summary>
    /// Whether a 16-bit dtype may change a number to 0, 1 or infinity. Others are not told apart: what calls give would differ in them alone.
    /// </summary>
    public static bool MayNotFit(double number)
        => Math.Abs(number) is var size && ((size > 0 && size < SmallestNormal) || (size < double.PositiveInfinity && size > Largest) || (size != 1 && Math.Abs(size - 1) < CloseToOne));

    /// <summary>The value of an operation that gives a number: with the number where it is a constant that matters; null for other types.</summary>
    public NumberValue? Of(IOperation operation)
        => Of(operation.Type) is not { } number ? null
            : operation.ConstantValue is { HasValue: true, Value: double or float } constant
                && Convert.ToDouble(constant.Value, CultureInfo.InvariantCulture) is var value && MayNotFit(value)
                    ? number with { Constant = value }
                    : number;

    /// <summary>A number by its C# type; null for other types.</summary>
    public NumberValue? Of(ITypeSymbol? type) => type?.SpecialType switch
    {
        SpecialType.System_Boolean => Bool,
        >= SpecialType.System_Char and <= SpecialType.System_UInt64 => Integer,
        SpecialType.System_Single or SpecialType.System_Double => Floating,
        _ => null,
    };
}
