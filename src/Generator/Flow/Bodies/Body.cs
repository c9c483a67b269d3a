using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Regions;

namespace Precision.Generator.Flow.Bodies;

/// <summary>
/// One body (a method, an accessor, an initialiser, with the lambdas and local functions in it): what every analysis of it needs,
/// whatever is known of its parameters and wherever it runs. Nothing in it changes.
/// </summary>
internal sealed class Body
{
    /// <summary>
    /// Deeper bodies are not analysed: the flow goes down by recursion, and a stack that overflows ends the compiler. A sum of
    /// as many terms is one.
    /// </summary>
    private const int MaximumDepth = 500;

    private readonly Dictionary<IMethodSymbol, ControlFlowGraph>? functions;

    private Body(
        IOperation root,
        Variables variables,
        RegionMap regions,
        ImmutableArray<IOperation> statements = default,
        ControlFlowGraph? graph = null,
        Dictionary<IMethodSymbol, ControlFlowGraph>? functions = null)
        => (Root, Variables, Regions, Statements, Graph, this.functions) = (root, variables, regions, statements, graph, functions);

    /// <summary>Its outermost operation.</summary>
    public IOperation Root { get; }

    /// <summary>Its variables.</summary>
    public Variables Variables { get; }

    /// <summary>The regions that it opens.</summary>
    public RegionMap Regions { get; }

    /// <summary>Whether it can be analysed: not what is no body, as attributes, and not where it nests too deep.</summary>
    public bool IsReadable => Graph is not null || !Statements.IsDefault;

    /// <summary>Its statements, where they run one after the other; else default.</summary>
    public ImmutableArray<IOperation> Statements { get; }

    /// <summary>Its control-flow graph, where control branches; else null.</summary>
    public ControlFlowGraph? Graph { get; }

    /// <summary>Reads a body.</summary>
    /// <param name="root">Its outermost operation.</param>
    /// <param name="token">Cancels.</param>
    public static Body Of(IOperation root, CancellationToken token)
    {
        var (variables, regions, isStraight) = (new Variables(), new RegionMap.Builder(), true);
        if (root.Parent is not null || !Read(root, 0, variables, regions, ref isStraight))
        {
            return new Body(root, variables, RegionMap.Empty);
        }

        if (isStraight)
        {
            return new Body(root, variables, regions.ToMap(), StraightBody.Statements(root));
        }

        if (Graphs.Create(root, token) is not { } graph)
        {
            return new Body(root, variables, RegionMap.Empty);
        }

        var functions = regions.HasFunctions ? new Dictionary<IMethodSymbol, ControlFlowGraph>(SymbolEqualityComparer.Default) : null;
        Read(graph, variables, functions);
        return new Body(root, variables, regions.ToMap(), graph: graph, functions: functions);
    }

    /// <summary>The graph of a lambda or local function in the body; null where it has none, as in code that does not compile.</summary>
    public ControlFlowGraph? GraphOf(IMethodSymbol function) => functions is not null && functions.TryGetValue(function, out var graph) ? graph : null;

    /// <summary>Goes through all operations.</summary>
    /// <returns>False where they nest too deep.</returns>
    private static bool Read(IOperation operation, int depth, Variables variables, RegionMap.Builder regions, ref bool isStraight)
    {
        if (depth > MaximumDepth)
        {
            return false;
        }

        variables.Note(operation);
        regions.Note(operation);
        isStraight = isStraight && StraightBody.Allows(operation);
        foreach (var child in operation.ChildOperations)
        {
            if (!Read(child, depth + 1, variables, regions, ref isStraight))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a graph and those of the lambdas and local functions in it.</summary>
    private static void Read(ControlFlowGraph graph, Variables variables, Dictionary<IMethodSymbol, ControlFlowGraph>? functions)
    {
        variables.NoteCaptures(graph);
        if (functions is null)
        {
            return;
        }

        foreach (var local in graph.LocalFunctions)
        {
            Add(local, graph.GetLocalFunctionControlFlowGraph(local));
        }

        foreach (var block in graph.Blocks)
        {
            foreach (var operation in block.BranchValue is { } value ? block.Operations.Add(value) : block.Operations)
            {
                foreach (var descendant in operation.DescendantsAndSelf())
                {
                    if (descendant is IFlowAnonymousFunctionOperation lambda)
                    {
                        Add(lambda.Symbol, graph.GetAnonymousFunctionControlFlowGraph(lambda));
                    }
                }
            }
        }

        void Add(IMethodSymbol symbol, ControlFlowGraph function)
        {
            if (!functions.ContainsKey(symbol))
            {
                functions.Add(symbol, function);
                Read(function, variables, functions);
            }
        }
    }
}
