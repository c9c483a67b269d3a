using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>
/// Walks the paths of a body, and of the helpers that it calls. Histories are kept apart: what is reported happens on a path, and two
/// branches on the same condition go the same way.
/// </summary>
/// <param name="effects">What calls do.</param>
/// <param name="codeOf">The body of a helper that matters; null for others.</param>
/// <param name="token">Cancels.</param>
internal sealed class Walk(Effects effects, Func<IMethodSymbol, Code?> codeOf, CancellationToken token)
{
    private const int MaximumDepth = 4;

    /// <summary>So many visits of blocks, and a body is given up: nothing is reported then.</summary>
    private int visitsLeft = 4000;

    /// <summary>Whether there were too many paths.</summary>
    public bool IsGivenUp => visitsLeft <= 0;

    /// <summary>Walks a body.</summary>
    /// <returns>The histories where it ends.</returns>
    public IReadOnlyCollection<History> Run(Frame frame)
    {
        if (frame.Code.GraphOf(frame.Function is { MethodKind: MethodKind.LocalFunction or MethodKind.AnonymousFunction } inner ? inner
            : null) is not { } graph)
        {
            var histories = (IReadOnlyCollection<History>)[frame.Entry];
            foreach (var statement in frame.Code.Statements)
            {
                histories = Visit(statement, histories, frame);
            }

            return histories;
        }

        return Run(graph, frame);
    }

    private HashSet<History> Run(ControlFlowGraph graph, Frame frame)
    {
        var (seen, waiting, exits) = (new HashSet<(int, History)>(), new Stack<(BasicBlock, History)>(), new HashSet<History>());
        Reach(graph.Blocks[0], frame.Entry);
        while (waiting.Count > 0 && visitsLeft-- > 0)
        {
            token.ThrowIfCancellationRequested();
            var (block, history) = waiting.Pop();
            if (block.Kind is BasicBlockKind.Exit)
            {
                exits.Add(history);
                continue;
            }

            ReachHandlers(block);
            var histories = (IReadOnlyCollection<History>)[history];
            foreach (var operation in block.Operations)
            {
                histories = Visit(operation, histories, frame);
            }

            if (block.BranchValue is { } value)
            {
                histories = Visit(value, histories, frame);
            }

            var loop = block.ConditionKind is ControlFlowConditionKind.None ? null : Loops.Deciding(block);
            foreach (var after in histories)
            {
                Follow(block, block.ConditionalSuccessor, block.ConditionKind is ControlFlowConditionKind.WhenTrue, after, loop);
                Follow(block, block.FallThroughSuccessor, block.ConditionKind is ControlFlowConditionKind.WhenFalse, after, loop);
            }
        }

        return exits;

        void Reach(BasicBlock block, History history)
        {
            if (seen.Add((block.Ordinal, history)))
            {
                waiting.Push((block, history));
            }
        }

        void Follow(BasicBlock block, ControlFlowBranch? branch, bool isTrue, History history, SyntaxNode? loop)
        {
            if (branch?.Destination is not { } destination)
            {
                return;
            }

            var after = block.ConditionKind is ControlFlowConditionKind.None ? history
                : loop is not null ? Loops.Follow(loop, branch, history)
                : Decide(block.BranchValue!, isTrue, history, frame);
            if (after is not null)
            {
                var doesMatter = branch.FinallyRegions.Any(region => IsRelevant(region, graph, frame));
                Reach(destination, doesMatter ? History.Unknown : after);
            }
        }

        // An exception may leave a try block anywhere: what had happened by then is not known.
        void ReachHandlers(BasicBlock block)
        {
            for (var region = block.EnclosingRegion;
                region is { Kind: not ControlFlowRegionKind.Root, EnclosingRegion: { } outer };
                region = outer)
            {
                if (region.Kind is ControlFlowRegionKind.Try)
                {
                    foreach (var handler in outer.NestedRegions)
                    {
                        if (handler.Kind is not (ControlFlowRegionKind.Try or ControlFlowRegionKind.Finally))
                        {
                            Reach(graph.Blocks[handler.FirstBlockOrdinal], History.Unknown);
                        }
                    }
                }
            }
        }
    }

    private static bool IsRelevant(ControlFlowRegion region, ControlFlowGraph graph, Frame frame)
    {
        for (var i = region.FirstBlockOrdinal; i <= region.LastBlockOrdinal; i++)
        {
            if (graph.Blocks[i].Operations.Any(frame.Code.Matters))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Goes one way at a condition.</summary>
    /// <returns>The history; null where the same condition went the other way before.</returns>
    private static History? Decide(IOperation condition, bool isTrue, History history, Frame frame)
    {
        history = history.Without(static key => key.Topic is Topic.Straight);
        var (text, isNegated) = frame.Code.ReadCondition(condition);
        var isOfMembers = frame.Code.IsOfMembers(text);
        if (!frame.Code.IsRepeated(text) && !(isOfMembers && frame.Caller is not null))
        {
            return history;
        }

        var (key, stage) = (new FactKey(Topic.Condition, Text: text, Node: isOfMembers ? null
            : frame.Code.Root.Syntax), isTrue != isNegated ? Stage.True : Stage.False);
        return history[key] is not { } known ? history.With(key, new Fact(stage)) : known.Stage == stage ? history : null;
    }

    /// <summary>Goes through an operation in the order of running.</summary>
    private IReadOnlyCollection<History> Visit(IOperation operation, IReadOnlyCollection<History> histories, Frame frame)
    {
        foreach (var child in operation.ChildOperations)
        {
            histories = Visit(child, histories, frame);
        }

        switch (operation)
        {
            case IInvocationOperation { IsImplicit: false } call:
                return Each(histories, history => Call(frame.Code.Original(call), history, frame));
            case IObjectCreationOperation creation:
                return Each(histories, history => [effects.Create(frame.Code.Original(creation), history, frame)]);
            case ISimpleAssignmentOperation assignment:
                // In a graph a declaration is an assignment too.
                var (target, value) = frame.Code.Original<IOperation>(assignment) switch
                {
                    ISimpleAssignmentOperation original => (original.Target, original.Value),
                    IVariableDeclaratorOperation declarator => (assignment.Target, declarator.GetVariableInitializer()!.Value),
                    _ => (assignment.Target, assignment.Value),
                };
                return Each(histories, history => [Assignments.Assign(target, value, history, frame, effects.Values)]);
            case IVariableDeclaratorOperation { Symbol: var local } declarator when declarator.GetVariableInitializer() is { } initializer:
                return Each(histories, history => [Assignments.Assign(local, initializer.Value, history, frame, effects.Values)]);
            case ICompoundAssignmentOperation compound:
                return Each(histories, history => [Assignments.Assign(compound.Target, compound, history, frame, effects.Values)]);
            case IIncrementOrDecrementOperation increment:
                return Each(histories, history => [Assignments.Assign(increment.Target, increment, history, frame, effects.Values)]);
            case IDeconstructionAssignmentOperation deconstruction:
                return Each(histories, history => [Assignments.Deconstruct(deconstruction, history, frame, effects.Values)]);
            default:
                return histories;
        }
    }

    private static IReadOnlyCollection<History> Each(
        IReadOnlyCollection<History> histories, Func<History, IReadOnlyCollection<History>> step)
    {
        if (histories.Count == 1)
        {
            return step(histories.First());
        }

        var after = new HashSet<History>();
        foreach (var history in histories)
        {
            after.UnionWith(step(history));
        }

        return after;
    }

    private IReadOnlyCollection<History> Call(IInvocationOperation call, History history, Frame frame)
    {
        var member = TrainingMembers.Of(call.TargetMethod);
        if (member is not TrainingMember.None)
        {
            return [effects.Call(member, call, history, frame)];
        }

        var method = call.TargetMethod.OriginalDefinition;
        if (method.MethodKind is MethodKind.DelegateInvoke)
        {
            return [frame.Code.Lambdas.Any() ? History.Unknown : history];
        }

        if (!method.IsInSource())
        {
            return [effects.PassOn(call, history, frame)];
        }

        var code = frame.Code.HasLocalFunction(method) ? frame.Code : codeOf(method);
        if (code is null)
        {
            return [effects.UseReplaced(call, history, frame)];
        }

        if (!code.IsReadable || frame.Depth >= MaximumDepth || frame.IsRunning(method) || IsOpen(call))
        {
            return [History.Unknown];
        }

        var inner = Calls.Enter(call, code, frame, history);
        return [.. new HashSet<History>(Run(inner).Select(left => Calls.Leave(inner, left)))];
    }

    /// <summary>Whether another method may run than the one that is named.</summary>
    private static bool IsOpen(IInvocationOperation call)
        => call.TargetMethod.MethodKind is not MethodKind.LocalFunction && call.IsVirtual && call.TargetMethod.IsOverridable()
            && call.TargetMethod.ContainingType.IsSealed is false;
}
