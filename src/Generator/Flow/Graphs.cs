using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow;

/// <summary>Makes control-flow graphs.</summary>
internal static class Graphs
{
    /// <summary>The graph of a body; null where there is none, as for attributes.</summary>
    public static ControlFlowGraph? Create(IOperation root, CancellationToken token) => root switch
    {
        { Parent: not null } => null,
        IMethodBodyOperation body => ControlFlowGraph.Create(body, token),
        IConstructorBodyOperation body => ControlFlowGraph.Create(body, token),
        IBlockOperation block => ControlFlowGraph.Create(block, token),
        IFieldInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        IPropertyInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        IParameterInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        _ => null,
    };
}
