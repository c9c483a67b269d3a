using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Protocol;

/// <summary>A condition that decides between two edges of a graph.</summary>
/// <param name="code">The body in which it stands.</param>
/// <param name="key">Under which histories keep its answer.</param>
/// <param name="isNegated">Whether the answer is that of the opposite.</param>
/// <param name="isOfMembers">Whether it is about members alone, so that each call of a helper has the same answer.</param>
/// <param name="decided">All that it decides about in the body.</param>
internal sealed class Condition(
    Code code, FactKey key, bool isNegated, bool isOfMembers, IReadOnlyList<IOperation> decided)
{
    /// <summary>A <see cref="bool"/> once it was asked for. Threads share it, and write a reference at once.</summary>
    private object? matters;

    /// <summary>Under which histories keep its answer.</summary>
    public FactKey Key => key;

    /// <summary>Whether the answer is that of the opposite.</summary>
    public bool IsNegated => isNegated;

    /// <summary>
    /// Whether its answer has to be kept: it is asked again, and there is a choice to repeat. Paths that a report chooses double the work.
    /// </summary>
    public bool IsKept(bool isInHelper, Func<IMethodSymbol, Code?> codeOf)
        => (decided.Count > 1 || (isOfMembers && isInHelper)) && (bool)(matters ??= decided.Any(operation => Matters(operation, codeOf)));

    private bool Matters(IOperation operation, Func<IMethodSymbol, Code?> codeOf)
        => operation.DescendantsAndSelf().Any(part => part switch
        {
            IInvocationOperation call => code.Triggers.Contains(call.Syntax) || code.HasLocalFunction(call.TargetMethod.OriginalDefinition)
                || call.TargetMethod.MethodKind is MethodKind.DelegateInvoke || codeOf(call.TargetMethod.OriginalDefinition) is not null,
            IObjectCreationOperation creation => code.Triggers.Contains(creation.Syntax),
            IBranchOperation or IReturnOperation or IThrowOperation => true,
            IAssignmentOperation { Target.Type: { IsReferenceType: true, SpecialType: SpecialType.None } } => true,
            _ => false,
        });
}
