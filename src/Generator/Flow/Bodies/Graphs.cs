using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow.Bodies;

/// <summary>Makes control-flow graphs.</summary>
internal static class Graphs
{
    /// <summary>The graph of a body; null where it is none, as an attribute.</summary>
    public static ControlFlowGraph? Create(IOperation root, CancellationToken token) => root switch
    {
        IMethodBodyOperation body => ControlFlowGraph.Create(body, token),
        IConstructorBodyOperation body => ControlFlowGraph.Create(body, token),
        IBlockOperation block => ControlFlowGraph.Create(block, token),
        IFieldInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        IPropertyInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        IParameterInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        _ => null,
    };

    /// <summary>Whether control goes back somewhere: then a block may be walked before all that comes before it is known.</summary>
    public static bool HasLoop(this ControlFlowGraph graph)
    {
        foreach (var block in graph.Blocks)
        {
            if (block.ConditionalSuccessor?.Destination?.Ordinal <= block.Ordinal || block.FallThroughSuccessor?.Destination?.Ordinal <= block.Ordinal)
            {
                return true;
            }
        }

        return false;
    }
}
