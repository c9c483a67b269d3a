using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2012: what all ranks must do together is done by some of them.</summary>
internal static class CallOnSomeRanks
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.CallOnSomeRanks,
        title: "Collective or step on some ranks only",
        messageFormat: "'{0}' runs only on the ranks for which '{1}' holds, and the others wait for them: call it on every rank",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Ranks exchange gradients in Backward and Step, their states in Save, and tensors in collectives. A rank that does not call them leaves the others waiting until the time limit ends the training.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.CallOnSomeRanks));

    public static void Analyze(OperationAnalysisContext context, IInvocationOperation call, TrainingSymbols symbols)
    {
        if (symbols.IsForAllRanks(call.TargetMethod) && FindCondition(call, symbols) is var (condition, isNegated))
        {
            var text = RankCondition.Text(condition);
            context.ReportDiagnostic(Diagnostic.Create(
                Rule,
                call.Syntax.GetLocation(),
                additionalLocations: [condition.Syntax.GetLocation()],
                $"{call.TargetMethod.ContainingType.Name}.{call.TargetMethod.Name}",
                isNegated ? $"not ({text})" : text));
        }
    }

    /// <summary>The condition on the rank under which a call is made, and whether the call is made where it does not hold.</summary>
    private static (IOperation Condition, bool IsNegated)? FindCondition(IInvocationOperation call, TrainingSymbols symbols)
    {
        IOperation inside = call;
        for (var outside = call.Parent; outside is not null; (inside, outside) = (outside, outside.Parent))
        {
            switch (outside)
            {
                case IAnonymousFunctionOperation or ILocalFunctionOperation:
                    return null; // who calls it is not looked up
                case IConditionalOperation branch when inside != branch.Condition && RankCondition.Is(branch.Condition, symbols)
                    && !IsCalled(inside == branch.WhenTrue ? branch.WhenFalse : branch.WhenTrue, call)
                    && !(Leaves(inside) && IsCalledAfter(branch, call)):
                    return (branch.Condition, inside == branch.WhenFalse);
                case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr } both
                    when inside == both.RightOperand && RankCondition.Is(both.LeftOperand, symbols):
                    return (both.LeftOperand, both.OperatorKind is BinaryOperatorKind.ConditionalOr);
                case ISwitchCaseOperation { Parent: ISwitchOperation choice } when RankCondition.Is(choice.Value, symbols)
                    && !choice.Cases.All(other => IsCalled(other, call)):
                    return (choice.Value, false);
                case ISwitchExpressionArmOperation { Parent: ISwitchExpressionOperation choice } when RankCondition.Is(choice.Value, symbols)
                    && !choice.Arms.All(arm => IsCalled(arm, call)):
                    return (choice.Value, false);
                case IBlockOperation block when EarlierExit(block, inside, symbols, call) is { } exit:
                    return (exit, true);
            }
        }

        return null;
    }

    /// <summary>The condition of a statement before another one in a block that ends the block on some ranks.</summary>
    private static IOperation? EarlierExit(IBlockOperation block, IOperation statement, TrainingSymbols symbols, IInvocationOperation call)
        => block.Operations
            .TakeWhile(operation => operation != statement)
            .OfType<IConditionalOperation>()
            .FirstOrDefault(branch => branch.WhenFalse is null && Leaves(branch.WhenTrue) && RankCondition.Is(branch.Condition, symbols)
                && !IsCalled(branch.WhenTrue, call))
            ?.Condition;

    // A throw is an error, which ends the training on the other ranks too.
    private static bool Leaves(IOperation operation) => operation switch
    {
        IBlockOperation block => block.Operations.LastOrDefault() is { } last && Leaves(last),
        IReturnOperation { Kind: OperationKind.Return } => true,
        IBranchOperation { BranchKind: BranchKind.Break or BranchKind.Continue } => true,
        _ => false,
    };

    private static bool IsCalledAfter(IOperation statement, IInvocationOperation call)
        => statement.Parent is IBlockOperation block
            && block.Operations.SkipWhile(operation => operation != statement).Skip(1).Any(operation => IsCalled(operation, call));

    private static bool IsCalled(IOperation? operation, IInvocationOperation call)
        => operation is not null && operation.DescendantsAndSelf().Any(other => other is IInvocationOperation { TargetMethod: var method }
            && method.Name == call.TargetMethod.Name
            && SymbolEqualityComparer.Default.Equals(method.ContainingType, call.TargetMethod.ContainingType));
}
