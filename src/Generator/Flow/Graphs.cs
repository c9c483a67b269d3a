using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow;

/// <summary>Makes control-flow graphs.</summary>
internal static class Graphs
{
    /// <summary>
    /// Deeper bodies are not analysed: the flow goes down by recursion, and a stack that overflows ends the compiler. A sum of
    /// as many terms is one.
    /// </summary>
    private const int MaximumDepth = 500;

    /// <summary>The graph of a body; null where there is none, as for attributes, and where the body nests too deep.</summary>
    public static ControlFlowGraph? Create(IOperation root, CancellationToken token) => root switch
    {
        { Parent: not null } => null,
        _ when IsDeep(root) => null,
        IMethodBodyOperation body => ControlFlowGraph.Create(body, token),
        IConstructorBodyOperation body => ControlFlowGraph.Create(body, token),
        IBlockOperation block => ControlFlowGraph.Create(block, token),
        IFieldInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        IPropertyInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        IParameterInitializerOperation initializer => ControlFlowGraph.Create(initializer, token),
        _ => null,
    };

    private static bool IsDeep(IOperation root)
    {
        var open = new Stack<(IOperation Operation, int Depth)>();
        open.Push((root, 0));
        while (open.Count > 0)
        {
            var (operation, depth) = open.Pop();
            if (depth > MaximumDepth)
            {
                return true;
            }

            foreach (var child in operation.ChildOperations)
            {
                open.Push((child, depth + 1));
            }
        }

        return false;
    }
}
