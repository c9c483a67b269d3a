using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow.Values;

/// <summary>The kinds of C# numbers, by the dtype that libtorch takes for them.</summary>
/// <param name="defaults">The dtypes that floating tensors may get that are told none: Float32, unless the program changes it.</param>
internal sealed class Numbers(Dtypes defaults)
{
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

    /// <summary>A number by its C# type; null for other types.</summary>
    public NumberValue? Of(ITypeSymbol? type) => type?.SpecialType switch
    {
        SpecialType.System_Boolean => Bool,
        >= SpecialType.System_Char and <= SpecialType.System_UInt64 => Integer,
        SpecialType.System_Single or SpecialType.System_Double => Floating,
        _ => null,
    };
}
