using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Regions;

/// <summary>
/// Says whether code stands in a region, as far as its own method tells: in the scope of a <c>using</c>, or in the
/// <c>ForwardCore</c> of a <c>[MixedPrecision]</c> class. Not through lambdas: where one runs is not known.
/// </summary>
internal static class RegionScopes
{
    public static bool IsInRegion(this IOperation operation, ISymbol containingSymbol, RegionSymbols symbols)
    {
        for (var (current, parent) = (operation, operation.Parent); parent is not null; (current, parent) = (parent, parent.Parent))
        {
            switch (parent)
            {
                case IAnonymousFunctionOperation or ILocalFunctionOperation:
                    return false;
                case IUsingOperation @using when current == @using.Body && HoldsRegion(@using.Resources, symbols):
                case IBlockOperation block when IsAfterRegion(block, current, symbols):
                    return true;
            }
        }

        return containingSymbol is IMethodSymbol { Name: AnnotatedClassAnalysis.ForwardCore, IsStatic: false, ContainingType: { } type }
            && type.FindMixedPrecision() is not null;
    }

    private static bool IsAfterRegion(IBlockOperation block, IOperation statement, RegionSymbols symbols)
    {
        foreach (var earlier in block.Operations)
        {
            if (earlier == statement)
            {
                return false;
            }

            if (earlier is IUsingDeclarationOperation declaration && HoldsRegion(declaration.DeclarationGroup, symbols))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HoldsRegion(IOperation resources, RegionSymbols symbols)
        => resources is IVariableDeclarationGroupOperation group
            ? group.GetDeclaredVariables().Any(variable => symbols.IsRegion(variable.Type))
            : symbols.IsRegion(resources.Type);
}
