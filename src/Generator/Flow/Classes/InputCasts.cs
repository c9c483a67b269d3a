using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Flow.Classes;

/// <summary>What a generated forward, or an interceptor, makes of the inputs that it is given.</summary>
internal static class InputCasts
{
    /// <summary>A known input of some type as the generated forward hands it on.</summary>
    public static FlowValue? Cast(FlowValue? value, ITypeSymbol type, ValueShapes shapes, ClassKind kind, Scenario scenario)
        => value is null or TensorDtype || kind is not (ClassKind.TrueSixteenBit or ClassKind.FullPrecision)
            ? Cast(value, kind, scenario)
            : PartCasts.Cast(value, shapes.Of(type), tensor => Cast(tensor, kind, scenario) as TensorDtype ?? TensorDtype.Unknown);

    /// <summary>A known tensor as the generated forward hands it on.</summary>
    public static FlowValue? Cast(FlowValue? value, ClassKind kind, Scenario scenario) => (kind, value) switch
    {
        (ClassKind.TrueSixteenBit, TensorDtype tensor) when tensor.Dtypes.Overlaps(Dtypes.Floating)
            => tensor with { Dtypes = (tensor.Dtypes & ~Dtypes.Floating) | scenario.Compute },
        (ClassKind.FullPrecision, TensorDtype tensor) when tensor.Dtypes.Overlaps(Dtypes.SixteenBit)
            => tensor with { Dtypes = (tensor.Dtypes & ~Dtypes.SixteenBit) | Dtypes.Float32, Origin = null },
        (ClassKind.TrueSixteenBit or ClassKind.FullPrecision, not TensorDtype) => null,
        _ => value,
    };
}
