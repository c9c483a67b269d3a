using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Protocol;

/// <summary>
/// Loops are taken to run at least once: a loop over micro-batches that has none is no path that anybody means.
/// </summary>
internal static class Loops
{
    /// <summary>The loop in whose condition a block ends; null where it ends in none.</summary>
    public static SyntaxNode? Deciding(BasicBlock block)
    {
        if (block.BranchValue?.Syntax is not { } syntax)
        {
            return null;
        }

        for (var node = syntax; node is not null; node = node.Parent)
        {
            switch (node)
            {
                case ForStatementSyntax { Condition: { } condition } when condition.Span.Contains(syntax.Span):
                case WhileStatementSyntax loop when loop.Condition.Span.Contains(syntax.Span):
                case CommonForEachStatementSyntax each when node == syntax || each.Expression.Span.Contains(syntax.Span):
                    return node;
                case StatementSyntax or AnonymousFunctionExpressionSyntax:
                    return null;
            }
        }

        return null;
    }

    /// <summary>Where an edge out of a loop's condition leads.</summary>
    public static LoopEdge Lead(SyntaxNode loop, ControlFlowBranch branch)
        => FirstSyntax(branch.Destination!) is not { } first || !loop.Span.Contains(first.Span) ? LoopEdge.Out
            : IsCondition(loop, first) ? LoopEdge.On : LoopEdge.In;

    /// <summary>Goes along an edge out of a loop's condition.</summary>
    /// <returns>The history; null where the loop would be left before it has run.</returns>
    public static History? Follow(SyntaxNode loop, LoopEdge edge, History history)
    {
        var key = new FactKey(Topic.Loop, Node: loop);
        return edge switch
        {
            // Loops inside begin anew.
            LoopEdge.In => history
                .Without(Topic.Loop, other => other.Node is { } inner && inner != loop && loop.Span.Contains(inner.Span))
                .With(key, new Fact(Stage.True)),
            LoopEdge.On => history,
            _ => history[key] is null ? null : history.With(key, null),
        };
    }

    /// <summary>The innermost loop around a node, in its own function; null where there is none.</summary>
    public static SyntaxNode? Around(SyntaxNode node)
    {
        for (var current = node.Parent; current is not null; current = current.Parent)
        {
            switch (current)
            {
                case ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax:
                    return current;
                case AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax
                    or MemberDeclarationSyntax and not GlobalStatementSyntax:
                    return null;
            }
        }

        return null;
    }

    /// <summary>The innermost loop that repeats a node: what a loop begins with, it does once.</summary>
    public static SyntaxNode? Repeating(SyntaxNode node)
    {
        var loop = Around(node);
        while (loop is not null && IsBeginning(loop, node))
        {
            loop = Around(loop);
        }

        return loop;
    }

    private static bool IsBeginning(SyntaxNode loop, SyntaxNode node) => loop switch
    {
        CommonForEachStatementSyntax each => each.Expression.Span.Contains(node.Span),
        ForStatementSyntax repeated => repeated.Declaration?.Span.Contains(node.Span) is true
            || repeated.Initializers.Any(initializer => initializer.Span.Contains(node.Span)),
        _ => false,
    };

    /// <summary>Whether something in a loop is done in every nth pass only: <c>if ((i + 1) % n == 0)</c>.</summary>
    public static bool IsEveryNth(IOperation operation, Code code)
    {
        for (var (inside, outside) = (operation, operation.Parent);
            outside is not null and not ILoopOperation;
            (inside, outside) = (outside, outside.Parent))
        {
            switch (outside)
            {
                case IConditionalOperation branch when inside != branch.Condition && HasRemainder(branch.Condition, code):
                case IBlockOperation block when block.Operations
                    .TakeWhile(other => other != inside)
                    .Any(other => other is IConditionalOperation { WhenFalse: null } branch && Continues(branch.WhenTrue)
                        && HasRemainder(branch.Condition, code)):
                    return true;
                case IAnonymousFunctionOperation or ILocalFunctionOperation:
                    return false;
            }
        }

        return false;
    }

    private static bool Continues(IOperation operation) => operation switch
    {
        IBlockOperation { Operations: [.., var last] } => Continues(last),
        IBranchOperation { BranchKind: BranchKind.Continue } => true,
        _ => false,
    };

    private static bool HasRemainder(IOperation condition, Code code) => condition.DescendantsAndSelf().Any(part => part switch
    {
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Remainder } => true,
        ILocalReferenceOperation { Local: var local } => code.AssignedTo(local) is [{ } value]
            && value.DescendantsAndSelf().Any(static inner => inner is IBinaryOperation { OperatorKind: BinaryOperatorKind.Remainder }),
        _ => false,
    });

    private static bool IsCondition(SyntaxNode loop, SyntaxNode node) => loop switch
    {
        ForStatementSyntax { Condition: { } condition } => condition.Span.Contains(node.Span),
        WhileStatementSyntax { Condition: var condition } => condition.Span.Contains(node.Span),
        _ => false,
    };

    /// <summary>What a block begins with, or the one after it where it is empty.</summary>
    private static SyntaxNode? FirstSyntax(BasicBlock block)
    {
        for (var current = block; current is not null; current = current.FallThroughSuccessor?.Destination)
        {
            if (current.Operations.FirstOrDefault() is { } first)
            {
                return first.Syntax;
            }

            if (current.BranchValue is { } value)
            {
                return value.Syntax;
            }

            if (current.Ordinal > 0 && current.FallThroughSuccessor?.Destination?.Ordinal <= current.Ordinal)
            {
                return null;
            }
        }

        return null;
    }
}

/// <summary>Where an edge out of a loop's condition leads.</summary>
internal enum LoopEdge
{
    /// <summary>Out of the loop.</summary>
    Out,

    /// <summary>To another part of the condition.</summary>
    On,

    /// <summary>Into the body.</summary>
    In,
}
