using Microsoft.CodeAnalysis;

namespace Precision.Generator.Roslyn;

/// <summary>Compares types as the runtime does: without tuple element names, which a signature may give freely.</summary>
internal static class TypeComparison
{
    public static bool IsSameIgnoringTupleNames(this ITypeSymbol left, ITypeSymbol right)
    {
        if (SymbolEqualityComparer.Default.Equals(left, right))
        {
            return true;
        }

        if (left is IArrayTypeSymbol leftArray && right is IArrayTypeSymbol rightArray)
        {
            return leftArray.Rank == rightArray.Rank && leftArray.ElementType.IsSameIgnoringTupleNames(rightArray.ElementType);
        }

        if (left is not INamedTypeSymbol leftNamed || right is not INamedTypeSymbol rightNamed
            || leftNamed.Arity == 0
            || !SymbolEqualityComparer.Default.Equals(leftNamed.OriginalDefinition, rightNamed.OriginalDefinition))
        {
            return false;
        }

        for (var i = 0; i < leftNamed.TypeArguments.Length; i++)
        {
            if (!leftNamed.TypeArguments[i].IsSameIgnoringTupleNames(rightNamed.TypeArguments[i]))
            {
                return false;
            }
        }

        return true;
    }
}
