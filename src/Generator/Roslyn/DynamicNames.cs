using Microsoft.CodeAnalysis;

namespace Precision.Generator.Roslyn;

/// <summary><c>dynamic</c> is no keyword: where a type of the user's has this name, generated code cannot write the other one.</summary>
internal static class DynamicNames
{
    private const string Name = "dynamic";

    /// <summary>Whether a type is dynamic or made of it.</summary>
    public static bool HoldsDynamic(this ITypeSymbol? type) => type switch
    {
        IDynamicTypeSymbol => true,
        IArrayTypeSymbol array => array.ElementType.HoldsDynamic(),
        INamedTypeSymbol named => named.TypeArguments.Any(HoldsDynamic) || named.ContainingType.HoldsDynamic(),
        _ => false,
    };

    /// <summary>Whether the name stands for something else in a class: a type parameter, a type inside or around it, one of a namespace around it.</summary>
    public static bool HidesDynamic(this INamedTypeSymbol type)
    {
        for (var around = type; around is not null; around = around.ContainingType)
        {
            for (var current = around; current is not null; current = current.BaseType)
            {
                if (current.GetTypeMembers(Name, arity: 0).Any())
                {
                    return true;
                }
            }

            if (around.TypeParameters.Any(static parameter => parameter.Name == Name))
            {
                return true;
            }
        }

        for (var space = type.ContainingNamespace; space is not null; space = space.ContainingNamespace)
        {
            if (space.GetTypeMembers(Name, arity: 0).Any())
            {
                return true;
            }
        }

        return false;
    }
}
