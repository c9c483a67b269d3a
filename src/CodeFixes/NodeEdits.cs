using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes;

/// <summary>
/// Replacements of nodes of one document, nested ones too. Asking twice for the same node's replacement is asking once, so the
/// edits of many diagnostics can be collected and applied together.
/// </summary>
internal sealed class NodeEdits
{
    private static readonly SyntaxAnnotation Removed = new();
    private static readonly SyntaxAnnotation Moved = new();

    private readonly Dictionary<SyntaxNode, Func<SyntaxNode, SyntaxNode>> replacements = [];
    private readonly HashSet<SyntaxNode> discarded = [];
    private readonly List<(StatementSyntax At, SyntaxAnnotation Place, StatementSyntax Added, bool IsBefore)> insertions = [];

    public bool IsEmpty => replacements.Count == 0 && insertions.Count == 0;

    /// <summary>
    /// Adds a statement before or after another one of the same block. What has been added there already is not added again.
    /// </summary>
    public void Insert(StatementSyntax at, StatementSyntax added, bool isBefore)
    {
        if (!insertions.Any(other => other.At == at && other.Added.ToString() == added.ToString()))
        {
            insertions.Add((at, new SyntaxAnnotation(), added, isBefore));
        }
    }

    /// <summary>Replaces a node; the function gets it with the edits inside it already made.</summary>
    public void Replace<TNode>(TNode node, Func<TNode, SyntaxNode> replacement)
        where TNode : SyntaxNode
        => replacements[node] = rewritten => replacement((TNode)rewritten);

    /// <summary>Replaces an expression by one that has nothing of it but the trivia.</summary>
    public void Exchange(ExpressionSyntax expression, ExpressionSyntax other)
    {
        discarded.Add(expression);
        Replace(expression, expression => other.WithTriviaFrom(expression));
    }

    /// <summary>Whether a node is removed, or exchanged, with all that is around it.</summary>
    public bool IsDiscarded(SyntaxNode node) => node.AncestorsAndSelf().Any(discarded.Contains);

    /// <summary>Whether a node is replaced.</summary>
    public bool Contains(SyntaxNode node) => replacements.ContainsKey(node);

    /// <summary>Removes a node; comments around it stay.</summary>
    public void Remove(SyntaxNode node)
    {
        discarded.Add(node);
        Replace(node, static node => node.WithAdditionalAnnotations(Removed));
    }

    /// <summary>Moves a statement, with the comments around it, behind another one.</summary>
    public void Move(StatementSyntax statement, StatementSyntax behind)
    {
        discarded.Add(statement);
        Replace(statement, static statement => statement.WithAdditionalAnnotations(Moved));
        Insert(behind, statement, isBefore: false);
    }

    public SyntaxNode ApplyTo(SyntaxNode root)
    {
        root = root.ReplaceNodes(
            replacements.Keys.Concat(insertions.Select(static insertion => insertion.At)).Distinct(),
            (original, rewritten) => (replacements.TryGetValue(original, out var replacement) ? replacement(rewritten) : rewritten)
                .WithAdditionalAnnotations(insertions.Where(insertion
                    => insertion.At == original).Select(static insertion => insertion.Place)));

        // What is added after the same statement stays in the order of adding.
        foreach (var (_, place, added, isBefore) in insertions.OrderBy(static insertion => insertion.IsBefore).Reverse())
        {
            var node = root.GetAnnotatedNodes(place).Single();
            var (anchor, inserted) = node.Parent is GlobalStatementSyntax global ? (global, SyntaxFactory.GlobalStatement(added))
                : (node, (SyntaxNode)added);
            root = isBefore ? root.InsertNodesBefore(anchor, [inserted]) : root.InsertNodesAfter(anchor, [inserted]);
        }

        root = root.RemoveNodes(root.GetAnnotatedNodes(Moved), SyntaxRemoveOptions.KeepNoTrivia)!;
        while (root.GetAnnotatedNodes(Removed).FirstOrDefault() is { } node)
        {
            var hasComment = node.GetLeadingTrivia().Concat(node.GetTrailingTrivia()).Any(trivia
                => trivia.IsKind(SyntaxKind.SingleLineCommentTrivia)
                || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia));
            root = root.RemoveNode(node, hasComment ? SyntaxRemoveOptions.KeepExteriorTrivia
                : SyntaxRemoveOptions.KeepUnbalancedDirectives)!;
        }

        return root;
    }
}
