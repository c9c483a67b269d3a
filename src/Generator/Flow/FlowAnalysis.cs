using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow;

/// <summary>
/// The analysis of one body in one scenario: states travel along the control-flow graph until they change no more; then every
/// block is walked once again and what its operations give is kept.
/// </summary>
internal sealed partial class FlowAnalysis
{
    /// <summary>Far more rounds than sets of dtypes can grow in.</summary>
    private const int MaximumRounds = 50;

    private readonly Scenario scenario;
    private readonly RegionMap regions;
    private readonly FlowRegion body;
    private readonly CancellationToken token;
    private readonly Assignments assignments;
    private readonly Transfer transfer;
    private readonly Methods methods;
    private readonly Members members;
    private readonly Dictionary<ISymbol, FlowValue?> memberWrites = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, Function> functions = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<SyntaxNode, FlowValue> values = [];

    /// <summary>The states at the end of finally blocks, by the block's number; another round takes them up.</summary>
    private readonly Dictionary<(ControlFlowGraph Graph, int Block), FlowState> finallyExits = [];

    private bool isRecording;
    private bool hasChanged;

    /// <summary>The lambda or local function whose graph is walked; null in the body itself.</summary>
    private Function? current;
    private ControlFlowGraph graph = null!;
    private FlowValue? result = TensorDtype.Nothing;

    public FlowAnalysis(
        FlowContext context,
        Scenario scenario,
        RegionMap regions,
        FlowRegion body,
        IOperation root,
        ISymbol owner,
        int depth,
        CancellationToken token)
    {
        this.scenario = scenario;
        this.regions = regions;
        this.body = body;
        this.token = token;
        assignments = new Assignments(root);
        members = new Members(context, scenario, owner, token);
        transfer = new Transfer(context, scenario, members);
        methods = new Methods(context, scenario, depth, token);
    }

    /// <summary>What every expression gives, by its syntax; what is absent is unknown.</summary>
    public IReadOnlyDictionary<SyntaxNode, FlowValue> Values => values;

    /// <summary>What fields and properties of the object, or static ones, are assigned.</summary>
    public IReadOnlyDictionary<ISymbol, FlowValue?> MemberWrites => memberWrites;

    /// <summary>Analyses a body.</summary>
    /// <param name="main">Its graph.</param>
    /// <param name="inputs">What is known of its parameters.</param>
    /// <returns>What it returns; null when nothing is known of that.</returns>
    public FlowValue? Run(ControlFlowGraph main, FlowState inputs)
    {
        var rounds = 0;
        do
        {
            hasChanged = false;
            RunAll(main, inputs);
            if (++rounds == MaximumRounds)
            {
                // Never seen, but an analysis must end: what functions give is then unknown.
                foreach (var function in functions.Values)
                {
                    function.Forget();
                }
            }
        }
        while (hasChanged && rounds <= MaximumRounds);
        isRecording = true;
        RunAll(main, inputs);
        return result;
    }

    private void RunAll(ControlFlowGraph main, FlowState inputs)
    {
        (graph, current) = (main, null);
        RunGraph(inputs.Clone());

        // Running one function may find others.
        for (var i = 0; i < functions.Count; i++)
        {
            current = functions.Values.ElementAt(i);
            graph = current.Graph;
            RunGraph(current.Entry.Clone());
        }
    }

    private void RunGraph(FlowState entry)
    {
        foreach (var local in graph.LocalFunctions)
        {
            FunctionOf(local, () => graph.GetLocalFunctionControlFlowGraph(local));
        }

        var blocks = graph.Blocks;
        var states = new FlowState?[blocks.Length];
        states[0] = entry;

        // Blocks stand in the order of the text, so that only loops go back.
        var pending = new SortedSet<int> { 0 };
        while (pending.Count > 0)
        {
            token.ThrowIfCancellationRequested();
            var ordinal = pending.Min;
            pending.Remove(ordinal);
            Visit(blocks[ordinal], states[ordinal]!.Clone(), (target, state) =>
            {
                if (states[target] is not { } known)
                {
                    states[target] = state.Clone();
                    pending.Add(target);
                }
                else if (known.Join(state))
                {
                    pending.Add(target);
                }
            });
        }

        if (!isRecording)
        {
            return;
        }

        for (var i = 0; i < blocks.Length; i++)
        {
            if (states[i] is { } state)
            {
                recordsNow = true;
                Visit(blocks[i], state.Clone(), static (_, _) => { });
                recordsNow = false;
            }
        }
    }

    /// <summary>Walks one block and hands its state to the blocks that may follow.</summary>
    private void Visit(BasicBlock block, FlowState state, Action<int, FlowState> reach)
    {
        ReachHandlers(block, state, reach);
        foreach (var operation in block.Operations)
        {
            Evaluate(operation, state);
            ReachHandlers(block, state, reach);
        }

        if (block.BranchValue is { } value)
        {
            var given = Evaluate(value, state);
            ReachHandlers(block, state, reach);
            if (block.FallThroughSuccessor?.Semantics is ControlFlowBranchSemantics.Return)
            {
                Return(given);
            }
        }

        if (block.FallThroughSuccessor?.Semantics is ControlFlowBranchSemantics.StructuredExceptionHandling
            && block.EnclosingRegion.Kind is ControlFlowRegionKind.Finally or ControlFlowRegionKind.LocalLifetime)
        {
            if (!finallyExits.TryGetValue((graph, block.Ordinal), out var exit))
            {
                finallyExits.Add((graph, block.Ordinal), state.Clone());
                hasChanged = true;
            }
            else
            {
                hasChanged |= exit.Join(state);
            }
        }

        Follow(block.ConditionalSuccessor, state, reach);
        Follow(block.FallThroughSuccessor, state, reach);
    }

    private void Follow(ControlFlowBranch? branch, FlowState state, Action<int, FlowState> reach)
    {
        if (branch?.Destination is not { } destination)
        {
            return;
        }

        if (branch.FinallyRegions.IsEmpty)
        {
            reach(destination.Ordinal, state);
            return;
        }

        // Which way a finally block was entered does not show at its end: what it assigns is added to each state that entered.
        var after = state.Clone();
        foreach (var region in branch.FinallyRegions)
        {
            reach(region.FirstBlockOrdinal, state);
            foreach (var variable in AssignedIn(region))
            {
                after[variable] = finallyExits.TryGetValue((graph, region.LastBlockOrdinal), out var exit) ? exit[variable] : TensorDtype.Nothing;
            }
        }

        reach(destination.Ordinal, after);
    }

    private IEnumerable<ISymbol> AssignedIn(ControlFlowRegion region)
        => graph.Blocks
            .Where(block => block.Ordinal >= region.FirstBlockOrdinal && block.Ordinal <= region.LastBlockOrdinal)
            .SelectMany(static block => block.Operations)
            .SelectMany(static operation => operation.DescendantsAndSelf())
            .OfType<IAssignmentOperation>()
            .Select(static assignment => Variable(assignment.Target))
            .OfType<ISymbol>()
            .ToArray();

    /// <summary>An exception may leave a try block anywhere.</summary>
    private static void ReachHandlers(BasicBlock block, FlowState state, Action<int, FlowState> reach)
    {
        // A lambda's outermost region is in a region of the graph around it, which is no affair of this one.
        for (var region = block.EnclosingRegion; region is { Kind: not ControlFlowRegionKind.Root, EnclosingRegion: { } outer }; region = outer)
        {
            if (region.Kind is not ControlFlowRegionKind.Try)
            {
                continue;
            }

            foreach (var handler in outer.NestedRegions)
            {
                if (handler.Kind is not ControlFlowRegionKind.Try)
                {
                    reach(handler.FirstBlockOrdinal, state);
                }
            }
        }
    }

    private void Return(FlowValue? value)
    {
        if (current is null)
        {
            result = FlowValue.Join(result, value);
        }
        else
        {
            hasChanged |= current.Return(value);
        }
    }

    private Function FunctionOf(IMethodSymbol symbol, Func<ControlFlowGraph> create)
    {
        if (!functions.TryGetValue(symbol, out var function))
        {
            functions.Add(symbol, function = new Function(symbol, create()));
            hasChanged = true;
        }

        return function;
    }

    /// <summary>A lambda or a local function, with what flows in and out where the body calls it.</summary>
    private sealed class Function(IMethodSymbol symbol, ControlFlowGraph graph)
    {
        public IMethodSymbol Symbol { get; } = symbol;

        public ControlFlowGraph Graph { get; } = graph;

        /// <summary>The parameters' values and those of the variables around it.</summary>
        public FlowState Entry { get; } = new();

        /// <summary>What it returns; nothing until a return was seen.</summary>
        public FlowValue? Result { get; private set; } = TensorDtype.Nothing;

        public bool Return(FlowValue? value)
        {
            var joined = FlowValue.Join(Result, value);
            var changed = !Equals(joined, Result);
            Result = joined;
            return changed;
        }

        public void Forget()
        {
            Result = null;
            foreach (var variable in Entry.Variables.ToArray())
            {
                Entry[variable] = null;
            }
        }
    }
}
