using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>A block of a control-flow graph with what each visit of it asks, found once.</summary>
internal sealed class Block
{
    private Block(BasicBlock block, ControlFlowGraph graph, Code code)
    {
        (Ordinal, IsExit, Handlers) = (block.Ordinal, block.Kind is BasicBlockKind.Exit, [.. HandlersOf(block)]);
        Steps = Step.Of(block.BranchValue is { } value ? block.Operations.Add(value) : block.Operations, code);
        var (isConditional, loop) = (block.ConditionKind is not ControlFlowConditionKind.None, (SyntaxNode?)null);
        if (isConditional)
        {
            loop = Loops.Deciding(block);
            Condition = loop is null ? code.ConditionOf(block.BranchValue!) : null;
        }

        Conditional = EdgeOf(block.ConditionalSuccessor, ControlFlowConditionKind.WhenTrue);
        FallThrough = EdgeOf(block.FallThroughSuccessor, ControlFlowConditionKind.WhenFalse);

        Edge? EdgeOf(ControlFlowBranch? branch, ControlFlowConditionKind whenTrue)
            => branch?.Destination is null ? null : Edge.Of(branch, loop, block.ConditionKind == whenTrue, graph, code);
    }

    /// <summary>Its index in the graph.</summary>
    public int Ordinal { get; }

    /// <summary>Whether the body ends here.</summary>
    public bool IsExit { get; }

    /// <summary>What it does.</summary>
    public Step[] Steps { get; }

    /// <summary>What decides which edge is taken; null where nothing does, and in a loop's condition.</summary>
    public Condition? Condition { get; }

    /// <summary>The edge that is taken where its condition holds or, as the graph says, where it does not.</summary>
    public Edge? Conditional { get; }

    /// <summary>The other edge.</summary>
    public Edge? FallThrough { get; }

    /// <summary>The blocks in which handlers of its exceptions begin.</summary>
    public int[] Handlers { get; }

    /// <summary>The blocks of a graph.</summary>
    public static Block[] Of(ControlFlowGraph graph, Code code) => [.. graph.Blocks.Select(block => new Block(block, graph, code))];

    private static IEnumerable<int> HandlersOf(BasicBlock block)
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
                        yield return handler.FirstBlockOrdinal;
                    }
                }
            }
        }
    }
}

/// <summary>A way from one block to another.</summary>
/// <param name="Destination">The other block.</param>
/// <param name="IsTrue">Whether it is taken where the condition holds.</param>
/// <param name="Loop">The loop whose condition decides; null where none does.</param>
/// <param name="OfLoop">Where it leads in the loop.</param>
/// <param name="MayDoAnything">Whether a <c>finally</c> with calls of training loops runs on it.</param>
/// <param name="Ended">The keys of tensor variables that end here.</param>
internal sealed record Edge(int Destination, bool IsTrue, SyntaxNode? Loop, LoopEdge OfLoop, bool MayDoAnything, FactKey[] Ended)
{
    /// <summary>Reads an edge.</summary>
    public static Edge Of(ControlFlowBranch branch, SyntaxNode? loop, bool isTrue, ControlFlowGraph graph, Code code) => new(
        branch.Destination!.Ordinal,
        isTrue,
        loop,
        loop is null ? default : Loops.Lead(loop, branch),
        branch.FinallyRegions.Any(region => Matters(region, graph, code)),
        [
            .. branch.LeavingRegions.SelectMany(static region => region.Locals).Where(static local => local.Type.IsTensorOrDerived())
                .Select(TensorValues.KeyOf),
        ]);

    /// <summary>What is known behind it: nothing of variables that are there no more, so that passes of a loop begin alike.</summary>
    public History Leave(History history)
    {
        foreach (var key in Ended)
        {
            history = history.With(key, null);
        }

        return history;
    }

    private static bool Matters(ControlFlowRegion region, ControlFlowGraph graph, Code code)
    {
        for (var i = region.FirstBlockOrdinal; i <= region.LastBlockOrdinal; i++)
        {
            if (graph.Blocks[i].Operations.Any(code.Matters))
            {
                return true;
            }
        }

        return false;
    }
}
