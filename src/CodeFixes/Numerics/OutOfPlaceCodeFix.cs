using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>PRC1015: writes an operation out of place, <c>h = h.add(w)</c> instead of <c>h.add_(w)</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class OutOfPlaceCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.Float32IsLost];

    private protected override string Title => "Write out of place";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (!diagnostic.CanBeFixed()
            || diagnostic.Operands(node).FirstOrDefault() is not ExpressionSyntax target
            || node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { } call
            || Name(call) is not { } name)
        {
            return;
        }

        edits.Replace(name, static name => name.WithIdentifier(
            SyntaxFactory.Identifier(name.Identifier.ValueText.TrimEnd('_')).WithTriviaFrom(name.Identifier)));
        if (call.Parent is ExpressionStatementSyntax && target is IdentifierNameSyntax variable)
        {
            edits.Replace(call, call => SyntaxFactory.AssignmentExpression(
                    SyntaxKind.SimpleAssignmentExpression,
                    variable.WithoutTrivia().WithTrailingTrivia(SyntaxFactory.Space),
                    SyntaxFactory.Token([], SyntaxKind.EqualsToken, [SyntaxFactory.Space]),
                    call.WithoutTrivia())
                .WithTriviaFrom(call));
        }
        else
        {
            Casts.AddBack(edits, diagnostic, node, model);
        }
    }

    private static IdentifierNameSyntax? Name(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax { Name: IdentifierNameSyntax name } => name,
        IdentifierNameSyntax name => name,
        _ => null,
    };
}
