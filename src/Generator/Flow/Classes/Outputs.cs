using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Flow.Classes;

/// <summary>What is known of results of annotated classes.</summary>
internal static class Outputs
{
    /// <summary>A known result as the generated forward returns it.</summary>
    /// <param name="value">What <c>ForwardCore</c> returns.</param>
    /// <param name="core"><c>ForwardCore</c>.</param>
    /// <param name="cast">What becomes of a tensor.</param>
    public static FlowValue? Cast(FlowValue? value, IMethodSymbol core, Func<TensorDtype, TensorDtype> cast) => value switch
    {
        null => null,
        TensorDtype tensor => cast(tensor),
        _ => PartCasts.Cast(value, new ValueShapes(core.ContainingAssembly, core.ContainingType).Of(core.ReturnType), cast),
    };
}
