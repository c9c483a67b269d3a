using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>
/// PRC1013: scales the first operand of a product instead of the product, <c>(q / s).matmul(k)</c> for <c>q.matmul(k) / s</c>, and what is added to it.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ScaleFirstCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.ScalingAfterProduct];

    private protected override string Title => "Scale the first operand";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (!diagnostic.CanBeFixed()
            || diagnostic.Operands(node).OfType<ExpressionSyntax>().ToArray() is not [var scaled, var factor, _, ..] moved
            || node.FirstAncestorOrSelf<ExpressionSyntax>(IsOperation) is not { } scaling)
        {
            return;
        }

        var kind = IsDivision(model.GetOperation(scaling, token)) ? SyntaxKind.DivideExpression : SyntaxKind.MultiplyExpression;
        foreach (var operand in moved.Skip(2))
        {
            edits.Replace(operand, operand => Scaled(operand, kind, factor));
        }

        if (scaling is AssignmentExpressionSyntax || IsStatement(scaling) || IsNoChange(scaling, scaled))
        {
            edits.Remove(scaling.FirstAncestorOrSelf<ExpressionStatementSyntax>()!);
            return;
        }

        edits.Replace(scaling, rewritten => Kept(rewritten, scaling, scaled).WithTriviaFrom(rewritten));
    }

    private static bool IsOperation(ExpressionSyntax expression)
        => expression is InvocationExpressionSyntax or BinaryExpressionSyntax or AssignmentExpressionSyntax;

    private static bool IsDivision(IOperation? operation) => operation switch
    {
        IBinaryOperation { OperatorKind: var kind } => kind is BinaryOperatorKind.Divide,
        ICompoundAssignmentOperation { OperatorKind: var kind } => kind is BinaryOperatorKind.Divide,
        IInvocationOperation { TargetMethod: var method } => OperationTable.Find(method)?.Has(OperationTraits.Division) == true,
        _ => false,
    };

    private static bool IsStatement(ExpressionSyntax scaling) => scaling.Parent is ExpressionStatementSyntax && scaling is InvocationExpressionSyntax;

    /// <summary>Whether <c>x = x / s</c> would become <c>x = x</c>.</summary>
    private static bool IsNoChange(ExpressionSyntax scaling, ExpressionSyntax scaled)
        => scaling.Parent is AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax, Left: var target }
            && target.IsEquivalentTo(scaled, topLevel: false);

    private static ExpressionSyntax Scaled(ExpressionSyntax query, SyntaxKind kind, ExpressionSyntax factor)
    {
        var scaled = SyntaxFactory.BinaryExpression(
            kind,
            InProduct(query.WithoutTrivia()).WithTrailingTrivia(SyntaxFactory.Space),
            SyntaxFactory.Token(
                [],
                kind is SyntaxKind.DivideExpression ? SyntaxKind.SlashToken : SyntaxKind.AsteriskToken,
                [SyntaxFactory.Space]),
            InProduct(factor.WithoutTrivia()));
        var isAlone = query.Parent is ArgumentSyntax or ExpressionElementSyntax or ParenthesizedExpressionSyntax;
        return (isAlone ? (ExpressionSyntax)scaled : SyntaxFactory.ParenthesizedExpression(scaled)).WithTriviaFrom(query);
    }

    /// <summary>An expression as a side of a product: in parentheses where it would be read otherwise.</summary>
    private static ExpressionSyntax InProduct(ExpressionSyntax expression)
        => expression is BinaryExpressionSyntax or ConditionalExpressionSyntax or AssignmentExpressionSyntax
            or SwitchExpressionSyntax or AwaitExpressionSyntax or WithExpressionSyntax
            ? SyntaxFactory.ParenthesizedExpression(expression)
            : expression;

    /// <summary>The operand that stands for the product, with the edits inside it made.</summary>
    private static ExpressionSyntax Kept(ExpressionSyntax rewritten, ExpressionSyntax scaling, ExpressionSyntax scaled) => (rewritten, scaling) switch
    {
        (BinaryExpressionSyntax after, BinaryExpressionSyntax before) => before.Left.Span.Contains(scaled.Span) ? after.Left : after.Right,
        (InvocationExpressionSyntax after, InvocationExpressionSyntax before) =>
            before.ArgumentList.Arguments.IndexOf(argument => argument.Span.Contains(scaled.Span)) is >= 0 and var index
                ? after.ArgumentList.Arguments[index].Expression
                : ((MemberAccessExpressionSyntax)after.Expression).Expression,
        _ => rewritten,
    };
}
