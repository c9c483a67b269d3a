using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Protocol;

/// <summary>Conditions that decide whether an operation runs where its surroundings do.</summary>
internal static class Guards
{
    /// <summary>Whether an operation runs in each step that is made in a loop or a function.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="scope">The loop or the function.</param>
    /// <param name="holdsStep">Whether an operation contains a step: what decides about both is no guard.</param>
    public static bool AreNone(IOperation operation, SyntaxNode scope, Func<IOperation, bool> holdsStep)
    {
        for (var (inside, outside) = (operation, operation.Parent);
            outside is not null && outside.Syntax != scope;
            (inside, outside) = (outside, outside.Parent))
        {
            if (Guard(inside, outside) ? !holdsStep(inside) : outside is IBlockOperation block && IsPassedBy(inside, block, holdsStep))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Guard(IOperation inside, IOperation outside) => outside switch
    {
        IConditionalOperation branch => inside != branch.Condition,
        IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr } both => inside == both.RightOperand,
        ICoalesceOperation coalesce => inside == coalesce.WhenNull,
        ICoalesceAssignmentOperation assignment => inside == assignment.Value,
        IConditionalAccessOperation access => inside == access.WhenNotNull,
        ISwitchCaseOperation or ISwitchExpressionArmOperation or ICatchClauseOperation => true,
        _ => false,
    };

    /// <summary>Whether a statement is passed by in some passes that step: a <c>continue</c> stands between the last step and it.</summary>
    private static bool IsPassedBy(IOperation statement, IBlockOperation block, Func<IOperation, bool> holdsStep)
    {
        var before = block.Operations.TakeWhile(other => other != statement).Reverse().TakeWhile(other => !holdsStep(other));
        return !holdsStep(statement) && !block.Operations.SkipWhile(other => other != statement).Any(holdsStep)
            && before.Any(static other => other is IConditionalOperation branch && (Continues(branch.WhenTrue) || Continues(branch.WhenFalse)));
    }

    private static bool Continues(IOperation? operation) => operation switch
    {
        IBlockOperation { Operations: [.., var last] } => Continues(last),
        IBranchOperation { BranchKind: BranchKind.Continue } => true,
        _ => false,
    };
}
