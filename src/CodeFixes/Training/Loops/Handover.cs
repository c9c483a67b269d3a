using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.CodeFixes.Training.Loops;

/// <summary>
/// An optimizer that a function gets from its callers: a local function or private method that all of them give the same one.
/// </summary>
internal static class Handover
{
    /// <summary>The parameter that an argument is given to; null where others may give another optimizer.</summary>
    public static IParameterSymbol? ParameterOf(ArgumentSyntax argument, ISymbol holder, SemanticModel model, CancellationToken token)
        => model.GetOperation(argument, token) is IArgumentOperation { Parameter: { RefKind: RefKind.None, IsOptional: false } parameter }
            && ArgumentsOf(parameter, model, token) is { Count: > 0 } arguments
            && arguments.TrueForAll(other => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(other.Expression, token).Symbol, holder))
                ? parameter : null;

    /// <summary>What is given to a parameter, by all who can call; empty where not all of them are seen.</summary>
    public static List<ArgumentSyntax> ArgumentsOf(IParameterSymbol parameter, SemanticModel model, CancellationToken token)
    {
        var given = new List<ArgumentSyntax>();
        if (parameter.ContainingSymbol is not IMethodSymbol
            {
                IsGenericMethod: false, IsExtensionMethod: false, DeclaringSyntaxReferences.Length: 1,
            } method
            || !(method.MethodKind is MethodKind.LocalFunction
                || (method is { MethodKind: MethodKind.Ordinary, DeclaredAccessibility: Accessibility.Private }
                    && method.ContainingType.DeclaringSyntaxReferences.Length == 1)))
        {
            return given;
        }

        foreach (var name in model.SyntaxTree.GetRoot(token).DescendantNodes().OfType<SimpleNameSyntax>().Where(name
            => name.Identifier.ValueText == method.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, token).Symbol, method)))
        {
            var called = name.Parent is MemberAccessExpressionSyntax access && access.Name == name ? access : (ExpressionSyntax)name;
            if (called.Parent is not InvocationExpressionSyntax call
                || model.GetOperation(call, token) is not IInvocationOperation operation
                || operation.Arguments.FirstOrDefault(other => SymbolEqualityComparer.Default.Equals(other.Parameter, parameter))?.Syntax
                    is not ArgumentSyntax argument)
            {
                return [];
            }

            given.Add(argument);
        }

        return given;
    }

    /// <summary>The optimizer that a parameter is given; null where it is not one variable.</summary>
    public static ISymbol? HolderOf(IParameterSymbol parameter, SemanticModel model, CancellationToken token)
        => ArgumentsOf(parameter, model, token) is [var first, ..] ? model.GetSymbolInfo(first.Expression, token).Symbol : null;
}
