using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;

namespace Precision.CodeFixes.Training;

/// <summary>Finds and writes calls of training loops.</summary>
internal static class ScalerCalls
{
    /// <summary>The calls of one kind in the function around a node, in the order of the text.</summary>
    public static IEnumerable<InvocationExpressionSyntax> In(
        SyntaxNode node, TrainingMember member, SemanticModel model, CancellationToken token)
        => Function(node).DescendantNodes().OfType<InvocationExpressionSyntax>().Where(call => MemberOf(call, model, token) == member);

    /// <summary>What a call does in a training loop.</summary>
    public static TrainingMember MemberOf(SyntaxNode? call, SemanticModel model, CancellationToken token)
        => call is InvocationExpressionSyntax && model.GetOperation(call, token) is IInvocationOperation { TargetMethod: var method }
            ? TrainingMembers.Of(method) : TrainingMember.None;

    /// <summary>What a call is made on, as it is written.</summary>
    public static string? Receiver(InvocationExpressionSyntax call)
        => (call.Expression as MemberAccessExpressionSyntax)?.Expression.WithoutTrivia().ToString();

    /// <summary>The statement that consists of a call, in a block or a program; null where the call is part of something else.</summary>
    public static ExpressionStatementSyntax? Statement(SyntaxNode? call)
        => call?.Parent is ExpressionStatementSyntax { Parent: BlockSyntax or GlobalStatementSyntax } statement ? statement : null;

    /// <summary>A statement on a line of its own, indented as another one.</summary>
    public static StatementSyntax Write(string text, StatementSyntax beside)
        => SyntaxFactory.ParseStatement(text).WithLeadingTrivia(Indentation(beside)).WithTrailingTrivia(EndOfLine(beside));

    /// <summary>The whitespace before a statement on its line.</summary>
    public static SyntaxTriviaList Indentation(StatementSyntax statement)
        => statement.GetLeadingTrivia() is [.., var last] && last.IsKind(SyntaxKind.WhitespaceTrivia) ? [last] : [];

    /// <summary>The end of a statement's line.</summary>
    public static SyntaxTrivia EndOfLine(StatementSyntax statement)
        => statement.GetTrailingTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia))
            is { RawKind: not 0 } end ? end : SyntaxFactory.LineFeed;

    private static SyntaxNode Function(SyntaxNode node)
        => node.FirstAncestorOrSelf<SyntaxNode>(static outer
            => outer is AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or
                (MemberDeclarationSyntax and not GlobalStatementSyntax) or CompilationUnitSyntax)!;
}
