using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow;

/// <summary>
/// The analysis of one body in one scenario: states travel along the control-flow graph until they change no more, and what
/// operations give on the last way is kept.
/// </summary>
internal sealed partial class FlowAnalysis
{
    /// <summary>Far more rounds than sets of dtypes can grow in.</summary>
    private const int MaximumRounds = 50;

    private readonly Body body;
    private readonly Scenario scenario;
    private readonly FlowRegion region;
    private readonly CancellationToken token;
    private readonly Numbers numbers;
    private readonly Transfer transfer;
    private readonly Methods methods;
    private readonly Members members;
    private readonly Dictionary<SyntaxNode, FlowValue>? values;

    /// <summary>The lambdas and local functions that were met, in that order.</summary>
    private readonly List<Function> functions = [];
    private Dictionary<ISymbol, FlowValue?>? memberWrites;

    /// <summary>The states at the end of finally blocks, by the block's number; another round takes them up.</summary>
    private Dictionary<(ControlFlowGraph Graph, int Block), FlowState>? finallyExits;

    private bool hasChanged;

    /// <summary>The lambda or local function whose graph is walked; null in the body itself.</summary>
    private Function? current;
    private ControlFlowGraph graph = null!;
    private FlowValue? result = TensorDtype.Nothing;

    /// <param name="context">What is known of the compilation.</param>
    /// <param name="body">The body.</param>
    /// <param name="owner">The member that it belongs to.</param>
    /// <param name="scenario">Where it runs.</param>
    /// <param name="region">The region that its callers have opened.</param>
    /// <param name="depth">How many calls deep in another analysis it is.</param>
    /// <param name="keepsValues">Whether <see cref="Values"/> are asked for, and not only what the body returns.</param>
    /// <param name="token">Cancels.</param>
    public FlowAnalysis(
        FlowContext context,
        Body body,
        ISymbol owner,
        Scenario scenario,
        FlowRegion region,
        int depth,
        bool keepsValues,
        CancellationToken token)
    {
        this.body = body;
        this.scenario = scenario;
        this.region = region;
        this.token = token;
        numbers = context.Numbers;
        members = new Members(context, scenario, owner, token);
        transfer = new Transfer(context, scenario, members);
        methods = new Methods(context, scenario, depth, token);
        values = keepsValues ? [] : null;
    }

    /// <summary>What every expression gives, by its syntax; what is absent is unknown.</summary>
    public IReadOnlyDictionary<SyntaxNode, FlowValue> Values => values!;

    /// <summary>What fields and properties of the object, or static ones, are assigned.</summary>
    public IReadOnlyDictionary<ISymbol, FlowValue?> MemberWrites => memberWrites ?? InitialMembers.None;

    /// <summary>Whether it would have found something else on another kind of device.</summary>
    public bool DependsOnDevice => body.Regions.DependsOnDevice || transfer.DependsOnDevice || methods.DependsOnDevice;

    /// <summary>Analyses the body, which must be readable.</summary>
    /// <param name="inputs">What is known of its parameters.</param>
    /// <returns>What it returns; null when nothing is known of that.</returns>
    public FlowValue? Run(FlowState inputs)
    {
        if (body.Graph is null)
        {
            RunStatements(inputs);
            return result;
        }

        var rounds = 0;
        do
        {
            hasChanged = false;
            values?.Clear();
            RunGraph(body.Graph, null, inputs);

            // Running one function may find others.
            for (var i = 0; i < functions.Count; i++)
            {
                if (functions[i].Entry is { } entry)
                {
                    RunGraph(functions[i].Graph, functions[i], entry.Clone());
                }
            }

            if (++rounds == MaximumRounds)
            {
                // Never seen, but an analysis must end: what functions give is then unknown.
                functions.ForEach(static function => function.Forget());
            }
        }
        while ((hasChanged || EnterUncalled()) && rounds <= MaximumRounds);
        return result;
    }

    /// <summary>Lets local functions that nothing calls begin with nothing known.</summary>
    /// <returns>Whether there are some.</returns>
    private bool EnterUncalled()
    {
        var any = false;
        foreach (var function in functions)
        {
            if (function.Entry is null)
            {
                var unknown = new FlowState(body.Variables);
                unknown.Forget();
                any |= function.Enter(unknown);
            }
        }

        return any;
    }

    private void RunStatements(FlowState state)
    {
        recordsNow = true;
        foreach (var statement in body.Statements)
        {
            token.ThrowIfCancellationRequested();
            if (statement is IReturnOperation { ReturnedValue: var value })
            {
                Return(value is null ? TensorDtype.Nothing : Evaluate(value, state));
            }
            else
            {
                Evaluate(statement, state);
            }
        }
    }

    private void RunGraph(ControlFlowGraph graph, Function? function, FlowState entry)
    {
        (this.graph, current) = (graph, function);
        foreach (var local in graph.LocalFunctions)
        {
            FunctionOf(local);
        }

        // Most graphs only go forward: then each block is walked once, with all that comes before it known.
        var hasLoop = graph.HasLoop();
        var frontier = new Frontier(graph, entry);
        recordsNow = !hasLoop;
        while (frontier.Take() is { } ordinal)
        {
            token.ThrowIfCancellationRequested();
            Visit(graph.Blocks[ordinal], frontier[ordinal]!.Clone(), frontier);
        }

        recordsNow = true;
        for (var i = 0; hasLoop && values is not null && i < graph.Blocks.Length; i++)
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
            Evaluate(operation, state);
            ReachHandlers(block, state, frontier);
        }

        if (block.BranchValue is { } value)
        {
            var given = Evaluate(value, state);
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
                hasChanged = true;
            }
            else
            {
                hasChanged |= exit.Join(state);
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
            foreach (var variable in AssignedIn(region))
            {
                after[variable] = finallyExits is not null && finallyExits.TryGetValue((graph, region.LastBlockOrdinal), out var exit)
                    ? exit[variable]
                    : TensorDtype.Nothing;
            }
        }

        frontier.Reach(destination.Ordinal, after);
    }

    private List<ISymbol> AssignedIn(ControlFlowRegion region)
    {
        var assigned = new List<ISymbol>();
        for (var i = region.FirstBlockOrdinal; i <= region.LastBlockOrdinal; i++)
        {
            foreach (var operation in graph.Blocks[i].Operations)
            {
                foreach (var descendant in operation.DescendantsAndSelf())
                {
                    switch (descendant)
                    {
                        case IAssignmentOperation assignment:
                            Add(assignment.Target);
                            break;
                        case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument:
                            Add(argument.Value);
                            break;
                        case IInvocationOperation { Instance: { } instance }:
                            Add(instance); // a list that grows
                            break;
                    }
                }
            }
        }

        return assigned;

        void Add(IOperation target)
        {
            switch (target)
            {
                case ITupleOperation tuple:
                    foreach (var element in tuple.Elements)
                    {
                        Add(element);
                    }

                    break;
                case IConversionOperation conversion:
                    Add(conversion.Operand);
                    break;
                case IDeclarationExpressionOperation declaration:
                    Add(declaration.Expression);
                    break;
                case IArrayElementReferenceOperation element:
                    Add(element.ArrayReference);
                    break;
                case IFlowCaptureReferenceOperation { Id: var id } when body.Variables.Find(id) is { Value: not IFlowCaptureReferenceOperation and var value }:
                    Add(value);
                    break;
                default:
                    if (body.Variables.Named(target) is { } variable)
                    {
                        assigned.Add(variable);
                    }

                    break;
            }
        }
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
        if (current is null)
        {
            result = FlowValue.Join(result, value);
        }
        else
        {
            hasChanged |= current.Return(value);
        }
    }

    /// <summary>A lambda or local function of the body; null where it has no graph.</summary>
    private Function? FunctionOf(IMethodSymbol symbol)
    {
        if (Find(symbol) is { } known)
        {
            return known;
        }

        if (body.GraphOf(symbol) is not { } graph)
        {
            return null;
        }

        var function = new Function(symbol, graph);
        functions.Add(function);
        hasChanged = true;
        return function;
    }

    /// <summary>A lambda or local function that was met.</summary>
    private Function? Find(IMethodSymbol symbol)
    {
        foreach (var function in functions)
        {
            if (SymbolEqualityComparer.Default.Equals(function.Symbol, symbol))
            {
                return function;
            }
        }

        return null;
    }

    /// <summary>A lambda or a local function, with what flows in and out where the body calls it.</summary>
    private sealed class Function(IMethodSymbol symbol, ControlFlowGraph graph)
    {
        public IMethodSymbol Symbol { get; } = symbol;

        public ControlFlowGraph Graph { get; } = graph;

        /// <summary>The parameters' values and those of the variables around it; null until it is made, named or called.</summary>
        public FlowState? Entry { get; private set; }

        /// <summary>What it returns; nothing until a return was seen.</summary>
        public FlowValue? Result { get; private set; } = TensorDtype.Nothing;

        /// <summary>Adds a state that it may begin with.</summary>
        /// <returns>Whether that says anything new.</returns>
        public bool Enter(FlowState state)
        {
            if (Entry is not null)
            {
                return Entry.Join(state);
            }

            Entry = state;
            return true;
        }

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
            Entry?.Forget();
        }
    }
}
