using Microsoft.CodeAnalysis;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>What the plan asks of symbols.</summary>
internal static class PlanSymbols
{
    /// <summary>Whether a symbol is written in this compilation.</summary>
    public static bool IsInSource(this ISymbol symbol) => !symbol.DeclaringSyntaxReferences.IsEmpty;

    /// <summary>The method that runs when a class's instance is called through a method that it has or overrides.</summary>
    public static IMethodSymbol MostDerivedIn(this IMethodSymbol method, INamedTypeSymbol type)
    {
        if (!method.IsVirtual && !method.IsAbstract && !method.IsOverride)
        {
            return method;
        }

        for (var current = type; current is not null; current = current.BaseType)
        {
            foreach (var member in current.GetMembers(method.Name))
            {
                for (var candidate = member as IMethodSymbol; candidate is not null; candidate = candidate.OverriddenMethod)
                {
                    if (SymbolEqualityComparer.Default.Equals(candidate.OriginalDefinition, method.OriginalDefinition))
                    {
                        return (IMethodSymbol)member;
                    }
                }
            }
        }

        return method;
    }

    /// <summary>Whether a method takes or returns tensors or modules, also inside tuples, arrays and lists.</summary>
    public static bool HandlesTensors(this IMethodSymbol method)
        => HandlesTensors(method.ReturnType) || method.Parameters.Any(static parameter => HandlesTensors(parameter.Type));

    private static bool HandlesTensors(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => HandlesTensors(array.ElementType),
        INamedTypeSymbol named => named.IsOrDerivesFrom(static current => current.IsTensor()) || named.IsAnyModule() || named.TypeArguments.Any(HandlesTensors),
        _ => false,
    };

    /// <summary>Whether a type is a module, or one of the open types of modules.</summary>
    public static bool IsAnyModule(this ITypeSymbol? type)
        => type is INamedTypeSymbol named && named.IsOrDerivesFrom(static current => current.IsModule() || current.IsGenericModule());

    /// <summary>Whether a type is TorchSharp's module that runs its elements one after another.</summary>
    public static bool IsSequential(this ITypeSymbol? type) => type is INamedTypeSymbol { Name: "Sequential" } && type.IsTorchSharps();

    /// <summary>Whether a type is a module that only holds others.</summary>
    public static bool IsContainer(this ITypeSymbol? type)
        => type.IsSequential() || (type is INamedTypeSymbol { Name: "ModuleList" or "ModuleDict" } && type.IsTorchSharps());

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
