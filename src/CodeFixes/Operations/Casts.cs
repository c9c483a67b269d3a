using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Precision.CodeFixes.Operations;

/// <summary>Casts expressions to float32.</summary>
internal static class Casts
{
    /// <summary>Replaces an expression <c>x</c> by <c>x.to(ScalarType.Float32)</c>.</summary>
    /// <returns>Whether that can be done where it stands.</returns>
    public static bool Add(NodeEdits edits, ExpressionSyntax expression, SemanticModel model)
    {
        var float32 = TorchNames.Float32(model, expression.SpanStart);
        switch (expression)
        {
            // What is assigned to, or passed by reference, stays.
            case { Parent: AssignmentExpressionSyntax assignment } when assignment.Left == expression:
            case { Parent: ArgumentSyntax { RefKindKeyword.RawKind: not 0 } }:
                return false;
            default:
                edits.Replace(expression, expression => To(expression, float32));
                return true;
        }
    }

    /// <summary>Replaces <c>x?.f()</c>, of which only <c>.f</c> is given, by <c>x?.to(ScalarType.Float32).f()</c>.</summary>
    public static void Add(NodeEdits edits, MemberBindingExpressionSyntax binding, SemanticModel model)
    {
        var float32 = TorchNames.Float32(model, binding.SpanStart);
        edits.Replace(binding, binding => SyntaxFactory.MemberAccessExpression(
            SyntaxKind.SimpleMemberAccessExpression,
            Call(SyntaxFactory.MemberBindingExpression(binding.OperatorToken, SyntaxFactory.IdentifierName("to")), float32),
            binding.Name));
    }

    private static ExpressionSyntax To(ExpressionSyntax expression, ExpressionSyntax float32)
    {
        var receiver = expression.WithoutTrivia();
        if (!IsPrimary(receiver))
        {
            receiver = SyntaxFactory.ParenthesizedExpression(receiver);
        }

        return Call(
                SyntaxFactory.MemberAccessExpression(SyntaxKind.SimpleMemberAccessExpression, receiver, SyntaxFactory.IdentifierName("to")),
                float32)
            .WithTriviaFrom(expression);
    }

    private static InvocationExpressionSyntax Call(ExpressionSyntax method, ExpressionSyntax argument)
        => SyntaxFactory.InvocationExpression(method, SyntaxFactory.ArgumentList([SyntaxFactory.Argument(argument)]));

    private static bool IsPrimary(ExpressionSyntax expression) => expression is SimpleNameSyntax
        or MemberAccessExpressionSyntax
        or InvocationExpressionSyntax
        or ElementAccessExpressionSyntax
        or ParenthesizedExpressionSyntax
        or ThisExpressionSyntax
        or BaseObjectCreationExpressionSyntax
        or PostfixUnaryExpressionSyntax;
}
