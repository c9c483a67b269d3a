using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;

namespace Precision.Generator.Rules.Numerics;

/// <summary>The constants that all creations of a class give to a constructor's parameter, an epsilon for example that a field keeps.</summary>
internal static class ConstructorConstants
{
    /// <summary>The numbers; none where one of the creations gives something else, or where the class assigns the parameter.</summary>
    /// <param name="operation">A parameter, or a field that was assigned one.</param>
    /// <param name="context">The operation around it.</param>
    public static IReadOnlyCollection<double> Of(IOperation operation, OperationContext context)
    {
        if (operation is not IParameterReferenceOperation { Parameter: { DeclaringSyntaxReferences: [var declaration] } parameter }
            || parameter.ContainingSymbol is not IMethodSymbol { MethodKind: MethodKind.Constructor } constructor
            || IsAssigned(parameter, declaration.GetSyntax(context.CancellationToken)))
        {
            return [];
        }

        var models = new SourceModels(context.Flows.Compilation, context.CancellationToken);
        var numbers = context.Flows.Holdings.CallsOf(constructor.OriginalDefinition, models)
            .Select(arguments => arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == parameter.Ordinal)?.Value)
            .Select(given => Constants.Of(given, context.Flow))
            .Distinct()
            .ToArray();
        return numbers.All(static number => number is not null) ? [.. numbers.Select(static number => number!.Value)] : [];
    }

    /// <summary>Whether the class, which may read the parameter of a primary constructor anywhere, assigns something of this name.</summary>
    private static bool IsAssigned(IParameterSymbol parameter, SyntaxNode declaration)
        => declaration.FirstAncestorOrSelf<TypeDeclarationSyntax>()?.DescendantNodes().Any(node => node
            is AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: var name } } && name == parameter.Name) != false;
}
