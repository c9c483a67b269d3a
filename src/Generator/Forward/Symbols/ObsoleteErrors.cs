using Microsoft.CodeAnalysis;

namespace Precision.Generator.Forward.Symbols;

/// <summary>Finds <c>[Obsolete(…, error: true)]</c>: an error that no pragma switches off, and that is none in obsolete code.</summary>
internal static class ObsoleteErrors
{
    /// <summary>Whether only obsolete code may call a method or write its types.</summary>
    public static bool NeedsObsoleteCaller(this IMethodSymbol method)
    {
        for (var current = method; current is not null; current = current.OverriddenMethod)
        {
            if (IsMarked(current))
            {
                return true;
            }
        }

        return IsMarked(method.ContainingType)
            || IsMarked(method.ReturnType)
            || method.Parameters.Any(static parameter => IsMarked(parameter.Type));
    }

    private static bool IsMarked(ITypeSymbol? type) => type switch
    {
        null => false,
        IArrayTypeSymbol array => IsMarked(array.ElementType),
        IPointerTypeSymbol pointer => IsMarked(pointer.PointedAtType),
        INamedTypeSymbol named => IsMarked((ISymbol)named) || IsMarked(named.ContainingType) || named.TypeArguments.Any(IsMarked),
        _ => false,
    };

    private static bool IsMarked(ISymbol symbol)
        => symbol.GetAttributes().Any(static attribute => attribute is
        {
            AttributeClass:
            {
                Name: nameof(ObsoleteAttribute),
                ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true },
            },
            ConstructorArguments: [_, { Value: true }],
        });
}
