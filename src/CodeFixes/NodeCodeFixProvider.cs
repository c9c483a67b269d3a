using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace Precision.CodeFixes;

/// <summary>
/// A fix that replaces nodes of the diagnostic's document. One diagnostic and all of a document go the same way; the batch
/// fixer would drop edits that overlap, which nested classes and nested calls have.
/// </summary>
public abstract class NodeCodeFixProvider : CodeFixProvider
{
    /// <summary>What the editor offers.</summary>
    private protected abstract string Title { get; }

    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider()
        => FixAllProvider.Create(async (context, document, diagnostics) =>
            await Fix(document, diagnostics, context.CancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            // Worked out before it is offered: a fix that would change nothing is none.
            if (await Fix(context.Document, [diagnostic], context.CancellationToken).ConfigureAwait(false) is { } changed)
            {
                context.RegisterCodeFix(CodeAction.Create(Title, _ => Task.FromResult(changed), GetType().Name), diagnostic);
            }
        }
    }

    /// <summary>Adds the edits that repair one diagnostic; none where it cannot be repaired mechanically.</summary>
    /// <param name="edits">Where to add them.</param>
    /// <param name="diagnostic">What is repaired.</param>
    /// <param name="node">The node at its place.</param>
    /// <param name="model">The document's.</param>
    /// <param name="token">Cancels.</param>
    private protected abstract void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token);

    private async Task<Document?> Fix(Document document, IEnumerable<Diagnostic> diagnostics, CancellationToken token)
    {
        if (await document.GetSyntaxRootAsync(token).ConfigureAwait(false) is not { } root
            || await document.GetSemanticModelAsync(token).ConfigureAwait(false) is not { } model)
        {
            return null;
        }

        var edits = new NodeEdits();
        foreach (var diagnostic in diagnostics)
        {
            Collect(edits, diagnostic, root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true), model, token);
        }

        return edits.IsEmpty ? null : document.WithSyntaxRoot(edits.ApplyTo(root));
    }
}
