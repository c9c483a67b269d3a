using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;

namespace Precision.Generator.Rules.Numerics;

/// <summary>The constants that all creations of a class give to a constructor's parameter, as they do to an epsilon that a field keeps.</summary>
internal static class ConstructorConstants
{
    /// <summary>The numbers; none where one of the creations gives something else, or where the class assigns the parameter.</summary>
    /// <param name="operation">A parameter, or a field that was assigned one.</param>
    /// <param name="context">The operation around it.</param>
    public static IReadOnlyCollection<double> Of(IOperation operation, OperationContext context)
    {
        if (operation is not IParameterReferenceOperation
            {
                Parameter: { ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } constructor, DeclaringSyntaxReferences: [var declaration] } parameter,
            }
            || IsAssigned(parameter, declaration.GetSyntax(context.CancellationToken)))
        {
            return [];
        }

        var flows = context.Flows;
        var numbers = flows.Holdings.CallsOf(constructor.OriginalDefinition, new SourceModels(flows.Compilation, context.CancellationToken))
            .Select(arguments => Constants.Of(arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == parameter.Ordinal)?.Value, context.Flow))
            .Distinct()
            .ToArray();
        return numbers.All(static number => number is not null) ? [.. numbers.Select(static number => number!.Value)] : [];
    }

    /// <summary>Whether the class, which may read the parameter of a primary constructor anywhere, assigns something of this name.</summary>
    private static bool IsAssigned(IParameterSymbol parameter, SyntaxNode declaration)
        => declaration.FirstAncestorOrSelf<TypeDeclarationSyntax>()?.DescendantNodes().Any(node => node
            is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: var name } } && name == parameter.Name) != false;
}
