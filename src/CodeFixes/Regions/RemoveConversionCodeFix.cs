using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Regions;

/// <summary>PRC3004: leaves out a conversion that does nothing else.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class RemoveConversionCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.AnnotatedModelIsConverted];

    private protected override string Title => "Remove conversion";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (node.FirstAncestorOrSelf<InvocationExpressionSyntax>() is not { Expression: MemberAccessExpressionSyntax { Expression: var receiver } access } invocation
            || model.GetSymbolInfo(receiver, token).Symbol is INamedTypeSymbol // the extension method called as a static one
            || invocation.ArgumentList.Arguments.Count > (access.Name.Identifier.ValueText is "half" or "bfloat16" ? 0 : 1))
        {
            return;
        }

        switch (invocation.Parent)
        {
            case ExpressionStatementSyntax { Parent: BlockSyntax or GlobalStatementSyntax } statement when receiver is SimpleNameSyntax or ThisExpressionSyntax:
                edits.Remove(statement.Parent as GlobalStatementSyntax ?? (SyntaxNode)statement);
                break;
            case ExpressionStatementSyntax or ArrowExpressionClauseSyntax or LambdaExpressionSyntax:
                break; // what is left would be no statement
            default:
                edits.Replace(invocation, LeaveOut);
                break;
        }
    }

    private static ExpressionSyntax LeaveOut(InvocationExpressionSyntax invocation)
    {
        var receiver = ((MemberAccessExpressionSyntax)invocation.Expression).Expression;
        var comments = receiver.GetTrailingTrivia();
        return receiver.WithTrailingTrivia(comments.All(static trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia) || trivia.IsKind(SyntaxKind.EndOfLineTrivia))
            ? invocation.GetTrailingTrivia()
            : comments.AddRange(invocation.GetTrailingTrivia()));
    }
}
