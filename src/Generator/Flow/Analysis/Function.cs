using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>A lambda or a local function, with what flows in and out where the body calls it.</summary>
internal sealed class Function(IMethodSymbol symbol, ControlFlowGraph graph)
{
    public IMethodSymbol Symbol { get; } = symbol;

    public ControlFlowGraph Graph { get; } = graph;

    /// <summary>The parameters' values and those of the variables around it; null until it is made, named or called.</summary>
    public FlowState? Entry { get; private set; }

    /// <summary>Whether its graph has been walked, or is being walked.</summary>
    public bool HasRun { get; set; }

    /// <summary>What it returns; nothing until a return was seen.</summary>
    public FlowValue? Result { get; private set; } = TensorDtype.Bottom;

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

    /// <summary>Adds a value that it may return.</summary>
    /// <returns>Whether that says anything new.</returns>
    public bool Return(FlowValue? value)
    {
        var joined = FlowValue.Join(Result, value);
        var changed = !Equals(joined, Result);
        Result = joined;
        return changed;
    }

    /// <summary>Forgets what flows in and out.</summary>
    public void Forget()
    {
        Result = FlowValue.Top;
        Entry?.Forget();
    }
}
