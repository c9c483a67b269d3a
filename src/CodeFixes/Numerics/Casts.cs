using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>Casts expressions to float32, and results back to 16-bit.</summary>
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

    /// <summary>Replaces a cast <c>x.half()</c> by <c>x.to(ScalarType.Float32)</c>.</summary>
    public static void Replace(NodeEdits edits, InvocationExpressionSyntax cast, SemanticModel model)
    {
        var float32 = TorchNames.Float32(model, cast.SpanStart);
        edits.Replace(cast, cast => To(((MemberAccessExpressionSyntax)cast.Expression).Expression, float32).WithTriviaFrom(cast));
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

    /// <summary>Casts a result back to the dtype that it had, where nothing after it would: <c>x.to(ScalarType.BFloat16)</c>.</summary>
    /// <remarks>What another fix of the same run casts to float32 stays so.</remarks>
    public static void AddBack(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model)
    {
        if (diagnostic.Back(node) is ({ Parent: not ExpressionStatementSyntax } and ExpressionSyntax place, var dtype) && !edits.Contains(place))
        {
            var type = Dtype(model, place.SpanStart, dtype);
            edits.Replace(place, place => To(place, type));
        }
    }

    /// <summary>A dtype by its name, or as that of a variable, <c>x.dtype</c>.</summary>
    public static ExpressionSyntax Dtype(SemanticModel model, int position, string dtype)
        => dtype.Contains('.') ? SyntaxFactory.ParseExpression(dtype) : TorchNames.ScalarType(model, position, dtype);

    /// <summary><c>x.to(dtype)</c>.</summary>
    public static ExpressionSyntax To(ExpressionSyntax expression, ExpressionSyntax dtype)
        => Invoke(expression.WithoutTrivia(), "to", SyntaxFactory.Argument(dtype)).WithTriviaFrom(expression);

    /// <summary><c>x.member(…)</c>, with parentheses around <c>x</c> where they are needed.</summary>
    public static InvocationExpressionSyntax Invoke(ExpressionSyntax receiver, string member, params ArgumentSyntax[] arguments)
        => SyntaxFactory.InvocationExpression(
            SyntaxFactory.MemberAccessExpression(
                SyntaxKind.SimpleMemberAccessExpression,
                IsPrimary(receiver) ? receiver : SyntaxFactory.ParenthesizedExpression(receiver),
                SyntaxFactory.IdentifierName(member)),
            SyntaxFactory.ArgumentList(SyntaxFactory.SeparatedList<ArgumentSyntax>(SyntaxFactory.NodeOrTokenList(arguments
                .SelectMany((argument, index) => index == 0
                    ? new SyntaxNodeOrToken[] { argument }
                    : [SyntaxFactory.Token([], SyntaxKind.CommaToken, [SyntaxFactory.Space]), argument])
                .ToArray()))));

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
