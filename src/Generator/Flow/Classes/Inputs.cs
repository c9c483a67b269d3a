using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Values;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Classes;

/// <summary>What is known of parameters.</summary>
internal static class Inputs
{
    /// <summary>
    /// What is known of a member's parameters: in the forward of an annotated class what the generated code casts; else nothing.
    /// </summary>
    /// <param name="owner">The member.</param>
    /// <param name="variables">The variables of its body.</param>
    /// <param name="precision">The annotation of its class.</param>
    /// <param name="scenario">Where it runs.</param>
    /// <param name="mayBeIndex">Whether a parameter may hold indices or flags, which are not cast.</param>
    public static FlowState Of(ISymbol owner, Variables variables, PrecisionOfClass precision, Scenario scenario, Func<IParameterSymbol, bool> mayBeIndex)
    {
        var state = new FlowState(variables);
        if (BodyRegion.IsForward(owner))
        {
            foreach (var parameter in ((IMethodSymbol)owner).Parameters)
            {
                state[parameter] = precision.Kind switch
                {
                    ClassKind.TrueSixteenBit => OfTrueSixteenBit(parameter, scenario, mayBeIndex(parameter)),
                    ClassKind.FullPrecision => OfType(parameter.Type, new(Dtypes.Any & ~Dtypes.SixteenBit & ~Dtypes.Other)),
                    _ => null,
                };
            }
        }

        return state;
    }

    /// <summary>What the forward of a true 16-bit class is given.</summary>
    /// <param name="parameter">The parameter that gets it.</param>
    /// <param name="scenario">Where it runs.</param>
    /// <param name="mayBeIndex">Whether it may hold indices or flags.</param>
    public static FlowValue? OfTrueSixteenBit(IParameterSymbol parameter, Scenario scenario, bool mayBeIndex)
        => OfType(parameter.Type, new(
            scenario.Compute | (mayBeIndex ? Dtypes.Integral : Dtypes.None),
            Origin: OriginOf(parameter, "input of a true 16-bit class")));

    /// <summary>A known input as the generated forward hands it on.</summary>
    public static FlowValue? Cast(FlowValue? value, ClassKind kind, Scenario scenario) => (kind, value) switch
    {
        (ClassKind.TrueSixteenBit, TensorDtype tensor) when tensor.Dtypes.Overlaps(Dtypes.Floating)
            => tensor with { Dtypes = (tensor.Dtypes & ~Dtypes.Floating) | scenario.Compute },
        (ClassKind.FullPrecision, TensorDtype tensor) when tensor.Dtypes.Overlaps(Dtypes.SixteenBit)
            => tensor with { Dtypes = (tensor.Dtypes & ~Dtypes.SixteenBit) | Dtypes.Float32, Origin = null },
        (ClassKind.TrueSixteenBit or ClassKind.FullPrecision, not TensorDtype) => null,
        _ => value,
    };

    /// <summary>A value of some type whose tensors are all alike.</summary>
    private static FlowValue? OfType(ITypeSymbol type, TensorDtype tensor) => type switch
    {
        _ when type.IsTensor() => tensor,
        IArrayTypeSymbol { Rank: 1 } array when array.ElementType.IsTensor() => new SequenceValue(tensor),
        INamedTypeSymbol { IsTupleType: true } tuple => new TupleValue([.. tuple.TupleElements.Select(element => OfType(element.Type, tensor))]),
        _ => null,
    };

    private static DtypeOrigin? OriginOf(IParameterSymbol parameter, string reason)
        => parameter.DeclaringSyntaxReferences is [var reference] ? new DtypeOrigin(reference.GetSyntax(), reason) : null;
}
