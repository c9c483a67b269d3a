using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Functions;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Flow.Classes;

/// <summary>What the forward of a custom autograd function gets, and the region that it runs in.</summary>
internal static class FunctionInputs
{
    private const Dtypes Cast = Dtypes.SixteenBit | Dtypes.Float32;

    /// <summary>The arguments and the region as the generated forward hands them on: in its own dtype where the mark names one.</summary>
    /// <param name="function">The function.</param>
    /// <param name="inputs">The array of arguments.</param>
    /// <param name="region">The caller's region.</param>
    public static (FlowValue? Inputs, FlowRegion Region) Of(INamedTypeSymbol function, FlowValue? inputs, FlowRegion region)
    {
        var dtype = FunctionAnalysis.Mark(function)?.ReadCastInputs().ToDtypes() ?? Dtypes.None;
        if (dtype is Dtypes.None || region.MayBe is Dtypes.None)
        {
            return (inputs, region);
        }

        var cast = region.MayBeOff ? FlowValue.Top : (inputs as SequenceValue)?.Select(input => CastTo(input, dtype));
        return (cast, FlowRegion.Disabled);
    }

    private static FlowValue CastTo(FlowValue input, Dtypes dtype)
        => input is TensorDtype tensor && tensor.Dtypes.Overlaps(Cast)
            ? tensor with { Dtypes = (tensor.Dtypes & ~Cast) | dtype, Origin = null }
            : input;
}
