using Microsoft.CodeAnalysis;

namespace Precision.Generator.Roslyn;

/// <summary>Finds what virtual calls run.</summary>
internal static class Overrides
{
    /// <summary>Whether the class of the object decides what a call of a method, or a property, runs.</summary>
    public static bool IsOverridable(this ISymbol member) => member.IsVirtual || member.IsAbstract || member.IsOverride;

    /// <summary>The method that runs when a class's instance is called through a method that it has or overrides.</summary>
    public static IMethodSymbol MostDerivedIn(this IMethodSymbol method, INamedTypeSymbol type) => method.OverrideIn(type) ?? method;

    /// <summary>What a class has in place of an overridable method or property; null where the member is none of the class's.</summary>
    public static T? OverrideIn<T>(this T member, INamedTypeSymbol type)
        where T : class, ISymbol
    {
        for (var current = type; member.IsOverridable() && current is not null; current = current.BaseType)
        {
            foreach (var candidate in current.GetMembers(member.Name))
            {
                for (var overridden = candidate; overridden is not null; overridden = Overridden(overridden))
                {
                    if (SymbolEqualityComparer.Default.Equals(overridden.OriginalDefinition, member.OriginalDefinition))
                    {
                        return candidate as T;
                    }
                }
            }
        }

        return null;
    }

    private static ISymbol? Overridden(ISymbol member) => member switch
    {
        IMethodSymbol method => method.OverriddenMethod,
        IPropertySymbol property => property.OverriddenProperty,
        _ => null,
    };
}
