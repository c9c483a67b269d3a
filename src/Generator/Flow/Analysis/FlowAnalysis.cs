using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>
/// The analysis of one body in one scenario: states travel along the control-flow graph until they change no more, and what
/// operations give on the last way is kept.
/// </summary>
internal sealed class FlowAnalysis
{
    /// <summary>Far more rounds than sets of dtypes can grow in.</summary>
    private const int MaximumRounds = 50;

    private readonly FlowRun run;
    private readonly CancellationToken token;
    private readonly Functions functions;
    private readonly FlowEvaluator evaluator;

    /// <summary>The states at the end of finally blocks, by the block's number; another round takes them up.</summary>
    private Dictionary<(ControlFlowGraph Graph, int Block), FlowState>? finallyExits;

    private ControlFlowGraph graph = null!;
    private FlowValue? result = TensorDtype.Bottom;

    /// <param name="context">What is known of the compilation.</param>
    /// <param name="run">What to analyse.</param>
    /// <param name="token">Cancels.</param>
    public FlowAnalysis(FlowContext context, FlowRun run, CancellationToken token)
    {
        (this.run, this.token) = (run, token);
        functions = new Functions(run.Body, RunCalled);
        evaluator = new FlowEvaluator(context, run, functions, token);
    }

    /// <summary>What every expression gives, by its syntax; what is absent is unknown.</summary>
    public IReadOnlyDictionary<SyntaxNode, FlowValue> Values => evaluator.Values!;

    /// <summary>What fields and properties of the object, or static ones, are assigned.</summary>
    public IReadOnlyDictionary<ISymbol, FlowValue?> MemberWrites => evaluator.MemberWrites;

    /// <summary>What is put into fields, or into collections in them, by any of its statements.</summary>
    public IReadOnlyDictionary<IFieldSymbol, FlowValue?> Stores => evaluator.Stores;

    /// <summary>Whether it would have found something else on another kind of device.</summary>
    public bool DependsOnDevice => evaluator.DependsOnDevice;

    /// <summary>What a call of the body gives, once it was run.</summary>
    public Summary Summary => evaluator.Summarise(result);

    /// <summary>Analyses the body, which must be readable.</summary>
    /// <param name="inputs">What is known of its parameters.</param>
    /// <returns>What it returns; null when nothing is known of that.</returns>
    public FlowValue? Run(FlowState inputs)
    {
        if (run.Body.Graph is null)
        {
            RunStatements(inputs);
            return result;
        }

        var rounds = 0;
        do
        {
            functions.HaveChanged = false;
            evaluator.Forget();
            result = TensorDtype.Bottom; // what functions give was not all known before
            RunGraph(run.Body.Graph, null, inputs);

            // Running one function may find others.
            for (var i = 0; i < functions.Met.Count; i++)
            {
                if (functions.Met[i].Entry is not null)
                {
                    RunFunction(functions.Met[i]);
                }
            }

            if (++rounds == MaximumRounds)
            {
                // Never seen, but an analysis must end: what functions give is then unknown.
                foreach (var function in functions.Met)
                {
                    function.Forget();
                }
            }
        }
        while ((functions.HaveChanged || functions.EnterUncalled()) && rounds <= MaximumRounds);
        return result;
    }

    private void RunStatements(FlowState state)
    {
        evaluator.Records = true;
        foreach (var statement in run.Body.Statements)
        {
            token.ThrowIfCancellationRequested();
            if (statement is IReturnOperation { ReturnedValue: var value })
            {
                Return(value is null ? TensorDtype.Bottom : evaluator.Evaluate(value, state));
            }
            else
            {
                evaluator.Evaluate(statement, state);
            }
        }
    }

    private void RunFunction(Function function)
    {
        function.HasRun = true;
        RunGraph(function.Graph, function, function.Entry!.Clone());
    }

    /// <summary>Walks a function where it is called, and goes on with what was being walked.</summary>
    private void RunCalled(Function function)
    {
        var (outer, caller, records) = (graph, functions.Current, evaluator.Records);
        RunFunction(function);
        (graph, functions.Current, evaluator.Records) = (outer, caller, records);
    }

    private void RunGraph(ControlFlowGraph graph, Function? function, FlowState entry)
    {
        (this.graph, functions.Current) = (graph, function);
        foreach (var local in graph.LocalFunctions)
        {
            functions.Of(local);
        }

        // Most graphs only go forward: then each block is walked once, with all that comes before it known.
        var hasLoop = graph.HasLoop();
        var frontier = new Frontier(graph, entry);
        evaluator.Records = !hasLoop;
        while (frontier.Take() is { } ordinal)
        {
            token.ThrowIfCancellationRequested();
            Visit(graph.Blocks[ordinal], frontier[ordinal]!.Clone(), frontier);
        }

        evaluator.Records = true;
        for (var i = 0; hasLoop && i < graph.Blocks.Length; i++)
        {
            if (frontier[i] is { } state)
            {
                Visit(graph.Blocks[i], state.Clone(), frontier: null);
            }
        }
    }

    /// <summary>Walks one block and hands its state to the blocks that may follow.</summary>
    private void Visit(BasicBlock block, FlowState state, Frontier? frontier)
    {
        ReachHandlers(block, state, frontier);
        foreach (var operation in block.Operations)
        {
            evaluator.Evaluate(operation, state);
            ReachHandlers(block, state, frontier);
        }

        if (block.BranchValue is { } value)
        {
            var given = evaluator.Evaluate(value, state);
            ReachHandlers(block, state, frontier);
            if (block.FallThroughSuccessor?.Semantics is ControlFlowBranchSemantics.Return)
            {
                Return(given);
            }
        }

        if (block.FallThroughSuccessor?.Semantics is ControlFlowBranchSemantics.StructuredExceptionHandling
            && block.EnclosingRegion.Kind is ControlFlowRegionKind.Finally or ControlFlowRegionKind.LocalLifetime)
        {
            if (!(finallyExits ??= []).TryGetValue((graph, block.Ordinal), out var exit))
            {
                finallyExits.Add((graph, block.Ordinal), state.Clone());
                functions.HaveChanged = true;
            }
            else
            {
                functions.HaveChanged |= exit.Join(state);
            }
        }

        if (frontier is not null)
        {
            Follow(block.ConditionalSuccessor, state, frontier);
            Follow(block.FallThroughSuccessor, state, frontier);
        }
    }

    private void Follow(ControlFlowBranch? branch, FlowState state, Frontier frontier)
    {
        if (branch?.Destination is not { } destination)
        {
            return;
        }

        if (branch.FinallyRegions.IsEmpty)
        {
            frontier.Reach(destination.Ordinal, state);
            return;
        }

        // Which way a finally block was entered does not show at its end: what it assigns is added to each state that entered.
        var after = state.Clone();
        foreach (var region in branch.FinallyRegions)
        {
            frontier.Reach(region.FirstBlockOrdinal, state);
            foreach (var variable in AssignedVariables.In(region, graph, run.Body.Variables))
            {
                after[variable] = finallyExits is not null && finallyExits.TryGetValue((graph, region.LastBlockOrdinal), out var exit)
                    ? exit[variable]
                    : TensorDtype.Bottom;
            }
        }

        frontier.Reach(destination.Ordinal, after);
    }

    /// <summary>An exception may leave a try block anywhere.</summary>
    private static void ReachHandlers(BasicBlock block, FlowState state, Frontier? frontier)
    {
        // A lambda's outermost region is in a region of the graph around it, which is no affair of this one.
        for (var region = block.EnclosingRegion;
            frontier is not null && region is { Kind: not ControlFlowRegionKind.Root, EnclosingRegion: { } outer };
            region = outer)
        {
            if (region.Kind is not ControlFlowRegionKind.Try)
            {
                continue;
            }

            foreach (var handler in outer.NestedRegions)
            {
                if (handler.Kind is not ControlFlowRegionKind.Try)
                {
                    frontier.Reach(handler.FirstBlockOrdinal, state);
                }
            }
        }
    }

    private void Return(FlowValue? value)
    {
        if (functions.Current is null)
        {
            result = FlowValue.Join(result, value);
        }
        else
        {
            functions.Return(value);
        }
    }
}
