using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Regions;

/// <summary>PRC3003: holds a region in a <c>using</c> declaration, to the end of its block.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class DisposeRegionCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.RegionIsNotDisposed];

    private protected override string Title => "Add using";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        switch (node.FirstAncestorOrSelf<StatementSyntax>())
        {
            // Where a declaration cannot stand, neither can using.
            case { Parent: not (BlockSyntax or GlobalStatementSyntax) }:
                break;
            case LocalDeclarationStatementSyntax { UsingKeyword.RawKind: 0, Declaration.Variables.Count: 1 } declaration:
                edits.Replace(declaration, static declaration => declaration
                    .WithLeadingTrivia()
                    .WithUsingKeyword(Using(declaration)));
                break;
            case ExpressionStatementSyntax statement:
                var name = UniqueName(statement, model);
                edits.Replace(statement, statement => Declare(statement, name));
                break;
        }
    }

    private static SyntaxToken Using(SyntaxNode before)
        => SyntaxFactory.Token(before.GetLeadingTrivia(), SyntaxKind.UsingKeyword, [SyntaxFactory.Space]);

    private static LocalDeclarationStatementSyntax Declare(ExpressionStatementSyntax statement, string name)
    {
        var region = statement.Expression is AssignmentExpressionSyntax assignment ? assignment.Right : statement.Expression;
        var variable = SyntaxFactory.VariableDeclarator(
            SyntaxFactory.Identifier(name).WithTrailingTrivia(SyntaxFactory.Space),
            argumentList: null,
            SyntaxFactory.EqualsValueClause(
                SyntaxFactory.Token([], SyntaxKind.EqualsToken, [SyntaxFactory.Space]),
                region.WithLeadingTrivia()));
        return SyntaxFactory.LocalDeclarationStatement(
            awaitKeyword: default,
            Using(statement),
            modifiers: [],
            SyntaxFactory.VariableDeclaration(SyntaxFactory.IdentifierName("var").WithTrailingTrivia(SyntaxFactory.Space), [variable]),
            statement.SemicolonToken);
    }

    /// <summary>A name that is free, also when every region of the file gets one at once.</summary>
    private static string UniqueName(ExpressionStatementSyntax statement, SemanticModel model)
    {
        var scope = statement.FirstAncestorOrSelf<MemberDeclarationSyntax>(static member => member is not GlobalStatementSyntax) ?? statement.SyntaxTree.GetRoot();
        var taken = new HashSet<string>(scope.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => token.ValueText));
        var earlier = scope.DescendantNodes().OfType<ExpressionStatementSyntax>().Count(other => other.SpanStart < statement.SpanStart
            && model.GetTypeInfo(other.Expression).Type is { Name: "AutocastRegion" });
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? "region" : "region" + number;
            if (!taken.Contains(name) && earlier-- == 0)
            {
                return name;
            }
        }
    }
}
