using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes.Numerics;

/// <summary>Takes steps out of an expression: reads what went into the first one, and removes the variables that held their results.</summary>
internal static class Steps
{
    /// <summary>The node of a rewritten expression that stands where another one stood before.</summary>
    public static ExpressionSyntax At(SyntaxNode rewritten, SyntaxNode original, ExpressionSyntax place)
    {
        while (original != place)
        {
            var index = original.ChildNodes().ToList().FindIndex(child => child.Span.Contains(place.Span));
            (original, rewritten) = (original.ChildNodes().ElementAt(index), rewritten.ChildNodes().ElementAt(index));
        }

        return (ExpressionSyntax)rewritten;
    }

    /// <summary>Removes the variables of steps that nothing else reads.</summary>
    /// <param name="edits">Where to remove them.</param>
    /// <param name="last">What named them.</param>
    /// <param name="moved">What is still named.</param>
    /// <param name="model">The document's.</param>
    /// <param name="token">Cancels.</param>
    public static void RemoveUnused(NodeEdits edits, ExpressionSyntax last, SyntaxNode[] moved, SemanticModel model, CancellationToken token)
    {
        foreach (var name in last.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        {
            if (!moved.Any(node => node.Span.Contains(name.Span))
                && model.GetSymbolInfo(name, token).Symbol is ILocalSymbol { DeclaringSyntaxReferences: [var reference] } local
                && reference.GetSyntax(token) is VariableDeclaratorSyntax { Initializer.Value: var value, Parent: VariableDeclarationSyntax declaration }
                && declaration is { Variables.Count: 1, Parent: LocalDeclarationStatementSyntax statement }
                && !IsReadElsewhere(local, name, model, token))
            {
                edits.Remove(statement);
                RemoveUnused(edits, value, moved, model, token);
            }
        }
    }

    private static bool IsReadElsewhere(ILocalSymbol local, IdentifierNameSyntax name, SemanticModel model, CancellationToken token)
        => name.SyntaxTree.GetRoot(token).DescendantNodes().OfType<IdentifierNameSyntax>()
            .Any(other => other != name && other.Identifier.ValueText == local.Name
                && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(other, token).Symbol, local));
}
