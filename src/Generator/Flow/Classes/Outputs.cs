using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Models;
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
        _ => Cast(value, new ValueShapes(core.ContainingAssembly, core.ContainingType).Of(core.ReturnType), cast),
    };

    private static FlowValue? Cast(FlowValue? value, ValueShape shape, Func<TensorDtype, TensorDtype> cast)
    {
        switch (shape.Kind, value)
        {
            case (ValueKind.Tensor, TensorDtype tensor):
                return cast(tensor);
            case (ValueKind.Tuple, TupleValue tuple):
                return new TupleValue([.. tuple.Elements.Select((element, i) => Cast(element, shape.Members[i].Shape, cast))]);
            case (ValueKind.Items or ValueKind.Dictionary, SequenceValue sequence):
                return Cast(sequence.Element, shape.Element, cast) is { } element ? new SequenceValue(element) : null;
            case (ValueKind.Record or ValueKind.Struct or ValueKind.Class, ObjectValue made):
                return made.Members.Keys.Aggregate(
                    made,
                    (changed, key) => shape.Members.FirstOrDefault(member => member.Name.TrimStart('@') == key.Name) is { } member
                        ? changed.With(key, Cast(made[key], member.Shape, cast))
                        : changed);
            case (ValueKind.Opaque or ValueKind.OutOfReach, _):
            case (_, TensorDtype { IsBottom: true }):
                return value;
            default:
                return FlowValue.Top;
        }
    }
}
