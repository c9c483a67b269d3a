using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes.Numerics;

/// <summary>
/// Exchanges expressions, and removes the constants that nothing else used: the compiler warns of a local variable that is left
/// over (CS0219), and of a private field the IDE (IDE0051).
/// </summary>
internal static class Leftovers
{
    public static void Exchange(
        NodeEdits edits,
        ExpressionSyntax expression,
        ExpressionSyntax other,
        SemanticModel model,
        CancellationToken token)
    {
        edits.Exchange(expression, other);
        RemoveUnused(edits, expression, model, token);
    }

    /// <summary>Removes what only discarded expressions used; the last of them does, when all are discarded.</summary>
    private static void RemoveUnused(NodeEdits edits, ExpressionSyntax discarded, SemanticModel model, CancellationToken token)
    {
        foreach (var name in discarded.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        {
            if (model.GetSymbolInfo(name, token).Symbol is { } symbol
                && Declaration(symbol, token) is { Initializer.Value: var value } declarator
                && declarator.SyntaxTree == name.SyntaxTree
                && !edits.IsDiscarded(declarator)
                && model.GetConstantValue(value, token).HasValue
                && !IsUsed(symbol, declarator.SyntaxTree, edits, model, token))
            {
                Remove(edits, declarator);
                RemoveUnused(edits, value, model, token);
            }
        }
    }

    /// <summary>Of a local variable or a private field; null of what others may use too.</summary>
    private static VariableDeclaratorSyntax? Declaration(ISymbol symbol, CancellationToken token)
        => symbol is ILocalSymbol or IFieldSymbol { DeclaredAccessibility: Accessibility.Private }
            && symbol.DeclaringSyntaxReferences is [var reference]
            && reference.GetSyntax(token) is VariableDeclaratorSyntax { Parent.Parent: var statement } declarator
            && statement is FieldDeclarationSyntax { AttributeLists.Count: 0 }
                or LocalDeclarationStatementSyntax { Parent: BlockSyntax or SwitchSectionSyntax or GlobalStatementSyntax }
                ? declarator
                : null;

    private static bool IsUsed(ISymbol symbol, SyntaxTree tree, NodeEdits edits, SemanticModel model, CancellationToken token)
        => Names(symbol, tree, token).Any(name => !edits.IsDiscarded(name)
                && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, token).Symbol, symbol))
            || (symbol is IFieldSymbol { ContainingType.DeclaringSyntaxReferences: var parts }
                && parts.Any(part => part.SyntaxTree != tree && Names(symbol, part.SyntaxTree, token).Any()));

    /// <summary>Where a name is written, in comments of documentation too.</summary>
    private static IEnumerable<IdentifierNameSyntax> Names(ISymbol symbol, SyntaxTree tree, CancellationToken token)
        => tree.GetRoot(token).DescendantNodes(descendIntoTrivia: true).OfType<IdentifierNameSyntax>()
            .Where(name => name.Identifier.ValueText == symbol.Name);

    private static void Remove(NodeEdits edits, VariableDeclaratorSyntax declarator)
    {
        edits.Remove(declarator);
        if (declarator.Parent is VariableDeclarationSyntax { Variables: var variables, Parent: { } statement }
            && variables.All(edits.IsDiscarded))
        {
            edits.Remove(statement.Parent as GlobalStatementSyntax ?? statement);
        }
    }
}
