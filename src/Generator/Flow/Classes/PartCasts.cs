using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Models;

namespace Precision.Generator.Flow.Classes;

/// <summary>What generated code makes of values that hold tensors, part by part.</summary>
internal static class PartCasts
{
    /// <summary>A value whose tensors were cast.</summary>
    /// <param name="value">The value.</param>
    /// <param name="shape">Where generated code casts tensors in it.</param>
    /// <param name="cast">What becomes of a tensor.</param>
    public static FlowValue? Cast(FlowValue? value, ValueShape shape, Func<TensorDtype, TensorDtype> cast)
    {
        switch (shape.Kind, value)
        {
            case (ValueKind.Tensor, TensorDtype tensor):
                return cast(tensor);
            case (ValueKind.Tuple, TupleValue tuple):
                return new TupleValue([.. tuple.Elements.Select((element, i) => Cast(element, shape.Members[i].Shape, cast))]);
            case (ValueKind.Items or ValueKind.Dictionary, SequenceValue sequence):
                return sequence.Select(element => Cast(element, shape.Element, cast));
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
