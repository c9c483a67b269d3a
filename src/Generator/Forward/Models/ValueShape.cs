using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Models;

/// <summary>Where the tensors sit in the type of an input or a result.</summary>
/// <param name="Kind">What the value is.</param>
/// <param name="Elements">A tuple's elements; empty otherwise.</param>
/// <param name="IsNullableTuple">Whether the tuple is a <c>Nullable</c>.</param>
internal sealed record ValueShape(ValueKind Kind, EquatableArray<ValueShape> Elements, bool IsNullableTuple)
{
    public static ValueShape Opaque { get; } = new(ValueKind.Opaque, default, false);

    public static ValueShape Tensor { get; } = new(ValueKind.Tensor, default, false);

    public static ValueShape TensorArray { get; } = new(ValueKind.TensorArray, default, false);

    public static ValueShape Generic { get; } = new(ValueKind.Generic, default, false);
}
