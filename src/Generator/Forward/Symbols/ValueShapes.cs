using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Symbols;

/// <summary>Finds the tensors in the types of a signature.</summary>
internal static class ValueShapes
{
    public static ValueShape Of(ITypeSymbol type)
    {
        if (type.IsTensor())
        {
            return ValueShape.Tensor;
        }

        switch (type)
        {
            case IArrayTypeSymbol { Rank: 1 } array when array.ElementType.IsTensor():
                return ValueShape.TensorArray;
            case ITypeParameterSymbol:
                return ValueShape.Generic;
            case INamedTypeSymbol { IsTupleType: true, TupleElements.Length: >= 2 } tuple:
                return OfTuple(tuple, isNullable: false);
            case INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
                when nullable.TypeArguments[0] is INamedTypeSymbol { IsTupleType: true, TupleElements.Length: >= 2 } tuple:
                return OfTuple(tuple, isNullable: true);
            default:
                return ValueShape.Opaque;
        }
    }

    private static ValueShape OfTuple(INamedTypeSymbol tuple, bool isNullable)
    {
        var elements = ImmutableArray.CreateBuilder<ValueShape>(tuple.TupleElements.Length);
        var isOpaque = true;
        foreach (var element in tuple.TupleElements)
        {
            var shape = Of(element.Type);
            elements.Add(shape);
            isOpaque &= shape.Kind is ValueKind.Opaque;
        }

        return isOpaque ? ValueShape.Opaque : new ValueShape(ValueKind.Tuple, new(elements.MoveToImmutable()), isNullable);
    }
}
