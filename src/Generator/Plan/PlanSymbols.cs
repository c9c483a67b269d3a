using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>What the plan asks of symbols.</summary>
internal static class PlanSymbols
{
    /// <summary>Whether an accessor is more than the one that the compiler writes for a field.</summary>
    public static bool HasBody(this IMethodSymbol accessor)
        => accessor.DeclaringSyntaxReferences is [var reference]
            && reference.GetSyntax() is ArrowExpressionClauseSyntax or AccessorDeclarationSyntax { Body: not null } or AccessorDeclarationSyntax { ExpressionBody: not null };

    /// <summary>Whether a method takes or returns tensors or modules, also inside tuples, arrays and lists.</summary>
    public static bool HandlesTensors(this IMethodSymbol method)
        => HandlesTensors(method.ReturnType) || method.Parameters.Any(static parameter => HandlesTensors(parameter.Type));

    private static bool HandlesTensors(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => HandlesTensors(array.ElementType),
        INamedTypeSymbol named => named.IsOrDerivesFrom(static current => current.IsTensor()) || named.IsAnyModule() || named.TypeArguments.Any(HandlesTensors),
        _ => false,
    };

    private static bool IsOrDerivesFrom(this INamedTypeSymbol type, Func<INamedTypeSymbol, bool> isBase)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (isBase(current))
            {
                return true;
            }
        }

        return false;
    }
}
