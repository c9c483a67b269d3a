using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Something that a body does and that changes what is known, as it was before the graph took it apart.</summary>
/// <param name="Operation">It.</param>
/// <param name="Member">What a call does in a training loop.</param>
/// <param name="Variable">The variable that is declared; null for all else.</param>
/// <param name="Target">What is assigned to; null for what is no assignment.</param>
/// <param name="Value">What is assigned; null for what is no assignment.</param>
internal sealed record Step(
    IOperation Operation, TrainingMember Member = TrainingMember.None, ISymbol? Variable = null, IOperation? Target = null,
    IOperation? Value = null)
{
    /// <summary>What operations do, in the order of running.</summary>
    public static Step[] Of(IEnumerable<IOperation> operations, Code code)
    {
        var steps = new List<Step>();
        foreach (var operation in operations)
        {
            Add(operation, code, steps);
        }

        return [.. steps];
    }

    private static void Add(IOperation operation, Code code, List<Step> steps)
    {
        foreach (var child in operation.ChildOperations)
        {
            Add(child, code, steps);
        }

        if (Of(operation, code) is { } step)
        {
            steps.Add(step);
        }
    }

    private static Step? Of(IOperation operation, Code code)
    {
        switch (operation)
        {
            case IInvocationOperation { IsImplicit: false } call:
                var member = TrainingMembers.Of(call.TargetMethod);
                return member is TrainingMember.None && Effects.IsKnownToDoNothing(call.TargetMethod) ? null
                    : new(code.Original(call), member);
            case IObjectCreationOperation creation:
                return Effects.Matters(creation) ? new(code.Original(creation)) : null;
            case ISimpleAssignmentOperation assignment:
                // In a graph a declaration is an assignment too.
                return code.Original<IOperation>(assignment) switch
                {
                    ISimpleAssignmentOperation original => Assignment(assignment, original.Target, original.Value),
                    IVariableDeclaratorOperation declarator
                        => Assignment(assignment, assignment.Target, declarator.GetVariableInitializer()!.Value),
                    _ => Assignment(assignment, assignment.Target, assignment.Value),
                };
            case IVariableDeclaratorOperation { Symbol: var local } declarator when declarator.GetVariableInitializer() is { } initializer:
                return new(declarator, Variable: local, Value: initializer.Value);
            case ICompoundAssignmentOperation compound:
                return Assignment(compound, compound.Target, compound);
            case IIncrementOrDecrementOperation increment:
                return Assignment(increment, increment.Target, increment);
            case IDeconstructionAssignmentOperation:
                return new(operation);
            default:
                return null;
        }
    }

    private static Step? Assignment(IOperation operation, IOperation target, IOperation value)
        => Code.SymbolOf(target) is null ? null : new(operation, Target: target, Value: value);
}
