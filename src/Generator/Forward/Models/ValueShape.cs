using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Models;

/// <summary>Where the tensors sit in the type of an input or a result.</summary>
/// <param name="Kind">What the value is.</param>
/// <param name="Type">The type in source, not nullable itself.</param>
/// <param name="Members">The parts of a composite value.</param>
/// <param name="IsValueType">Whether a record is a struct.</param>
internal sealed record ValueShape(ValueKind Kind, string Type, EquatableArray<ValueMember> Members = default, bool IsValueType = false)
{
    public static ValueShape Tensor { get; } = new(ValueKind.Tensor, "global::TorchSharp.torch.Tensor");

    /// <summary>Whether generated code looks into the value.</summary>
    public bool HasTensors => Kind is not (ValueKind.Opaque or ValueKind.OutOfReach);

    /// <summary>Whether the value is made of others.</summary>
    public bool IsComposite => HasTensors && Kind is not (ValueKind.Tensor or ValueKind.Generic);

    /// <summary>Whether tensors are somewhere in the value that generated code cannot replace.</summary>
    public bool IsPartlyOutOfReach => Kind is ValueKind.OutOfReach || Members.Any(static member => member.Shape.IsPartlyOutOfReach);

    /// <summary>The element of a collection or the value of a <c>Nullable</c>.</summary>
    public ValueShape Element => Members[Members.Count - 1].Shape;
}
