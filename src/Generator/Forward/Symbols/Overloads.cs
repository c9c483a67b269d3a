using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Symbols;

/// <summary>
/// Finds overloads that the generated call would reach instead of its target. C# looks for what a call means type by type, from the most
/// derived one, and there at methods that are declared and not at overrides.
/// </summary>
internal static class Overloads
{
    /// <summary>A method that C# prefers to the target; null where the generated call reaches the target.</summary>
    /// <param name="type">The annotated class.</param>
    /// <param name="target">The method to be called.</param>
    /// <param name="module">The constructed <c>Module&lt;…&gt;</c>, whose type arguments are the types of the call's arguments.</param>
    public static IMethodSymbol? FindPreferred(INamedTypeSymbol type, IMethodSymbol target, INamedTypeSymbol module)
    {
        var declared = target;
        while (declared.OverriddenMethod is { } overridden)
        {
            declared = overridden;
        }

        var arguments = module.TypeArguments.RemoveAt(module.TypeArguments.Length - 1);
        var first = target.Name == AnnotatedClassAnalysis.ForwardCore ? type : type.BaseType;
        for (var current = first; current is not null && !IsSame(current, declared.ContainingType); current = current.BaseType)
        {
            foreach (var method in current.GetMembers(target.Name).OfType<IMethodSymbol>())
            {
                if (!method.IsOverride && AnnotatedClassAnalysis.IsAccessible(method, type) && Takes(method, arguments))
                {
                    return method;
                }
            }
        }

        return null;
    }

    private static bool Takes(IMethodSymbol method, ImmutableArray<ITypeSymbol> arguments)
    {
        var parameters = method.Parameters;
        var isParams = parameters.Length > 0 && parameters[parameters.Length - 1].IsParams;
        if ((arguments.Length > parameters.Length && !isParams)
            || parameters.Skip(arguments.Length).Any(static parameter => !parameter.IsOptional && !parameter.IsParams))
        {
            return false;
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            var parameter = parameters[Math.Min(i, parameters.Length - 1)];
            if (parameter.RefKind is RefKind.Ref or RefKind.Out
                || !(Converts(arguments[i], parameter.Type) || (parameter.IsParams && Converts(arguments[i], Element(parameter.Type)))))
            {
                return false;
            }
        }

        return true;
    }

    private static ITypeSymbol Element(ITypeSymbol collection) => collection switch
    {
        IArrayTypeSymbol array => array.ElementType,
        INamedTypeSymbol { TypeArguments: [var element] } => element,
        _ => collection,
    };

    /// <summary>Whether there may be an implicit conversion. Where type parameters or numbers are concerned, it is taken for granted.</summary>
    private static bool Converts(ITypeSymbol from, ITypeSymbol to)
    {
        if (from.IsSameIgnoringTupleNames(to)
            || to is ITypeParameterSymbol { TypeParameterKind: TypeParameterKind.Method } or IDynamicTypeSymbol
            || to.SpecialType is SpecialType.System_Object
            || (IsNumber(from) && IsNumber(to)))
        {
            return true;
        }

        return (from, to) switch
        {
            (IArrayTypeSymbol source, IArrayTypeSymbol target) when source.Rank == target.Rank
                => Converts(source.ElementType, target.ElementType),
            (ITypeParameterSymbol source, _) => source.ConstraintTypes.Any(constraint => Converts(constraint, to)),
            (INamedTypeSymbol { IsTupleType: true } source, INamedTypeSymbol { IsTupleType: true } target)
                => source.TupleElements.Length == target.TupleElements.Length
                    && !source.TupleElements.Where((element, i) => !Converts(element.Type, target.TupleElements[i].Type)).Any(),
            (_, INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
                => Converts(from, nullable.TypeArguments[0]),
            _ => Bases(from).Concat(from.AllInterfaces).Any(@base => IsSame(@base.OriginalDefinition, to.OriginalDefinition))
                || Conversions(from).Concat(Conversions(to)).Any(conversion
                    => conversion.Parameters is [var source] && IsSame(source.Type, from) && IsSame(conversion.ReturnType, to)),
        };
    }

    private static IEnumerable<IMethodSymbol> Conversions(ITypeSymbol type)
        => type.GetMembers(WellKnownMemberNames.ImplicitConversionName).OfType<IMethodSymbol>();

    private static IEnumerable<INamedTypeSymbol> Bases(ITypeSymbol type)
    {
        for (var current = type.BaseType; current is not null; current = current.BaseType)
        {
            yield return current;
        }
    }

    private static bool IsNumber(ITypeSymbol type) => type.SpecialType is >= SpecialType.System_Char and <= SpecialType.System_Double;

    private static bool IsSame(ISymbol left, ISymbol right) => SymbolEqualityComparer.Default.Equals(left, right);
}
