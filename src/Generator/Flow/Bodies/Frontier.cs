using Microsoft.CodeAnalysis.FlowAnalysis;

namespace Precision.Generator.Flow.Bodies;

/// <summary>
/// What is known at the start of each block of a graph, and which blocks are still to be walked. They are taken in the order of the
/// text, in which only loops go back.
/// </summary>
internal sealed class Frontier
{
    private readonly FlowState?[] states;
    private readonly bool[] isPending;
    private int next;

    /// <param name="graph">The graph.</param>
    /// <param name="entry">What is known where it begins.</param>
    public Frontier(ControlFlowGraph graph, FlowState entry)
    {
        states = new FlowState?[graph.Blocks.Length];
        isPending = new bool[states.Length];
        Reach(0, entry);
    }

    /// <summary>What is known at the start of a block; null where control never comes.</summary>
    public FlowState? this[int block] => states[block];

    /// <summary>Adds what is known on one way into a block.</summary>
    public void Reach(int block, FlowState state)
    {
        if (states[block] is not { } known)
        {
            states[block] = state.Clone();
        }
        else if (!known.Join(state))
        {
            return;
        }

        isPending[block] = true;
        next = Math.Min(next, block);
    }

    /// <summary>Takes the first block that is still to be walked.</summary>
    /// <returns>Null when all are.</returns>
    public int? Take()
    {
        for (; next < isPending.Length; next++)
        {
            if (isPending[next])
            {
                isPending[next] = false;
                return next++;
            }
        }

        return null;
    }
}
