using Microsoft.CodeAnalysis;

namespace Precision.Generator.Protocol;

/// <summary>A body that runs: the one that is analysed, or a helper that it calls.</summary>
/// <param name="code">The body that the function stands in.</param>
/// <param name="function">The method, lambda or local function; null for the body that is analysed as a whole.</param>
/// <param name="caller">Who calls it; null where nobody is seen to.</param>
/// <param name="call">The call.</param>
/// <param name="entry">What had happened before.</param>
internal sealed class Frame(Code code, IMethodSymbol? function, Frame? caller, IOperation? call, History entry)
{
    private readonly Dictionary<ISymbol, IOperation> arguments = new(SymbolEqualityComparer.Default);

    /// <summary>The body that the function stands in.</summary>
    public Code Code => code;

    /// <summary>The method, lambda or local function; null for the body that is analysed as a whole.</summary>
    public IMethodSymbol? Function => function;

    /// <summary>Who calls it; null where nobody is seen to.</summary>
    public Frame? Caller => caller;

    /// <summary>The call; null where nobody is seen to call.</summary>
    public IOperation? Call => call;

    /// <summary>What had happened before.</summary>
    public History Entry => entry;

    /// <summary>The body that is analysed.</summary>
    public Frame Outermost => caller is null ? this : caller.Outermost;

    /// <summary>How many calls lead here.</summary>
    public int Depth => caller is null ? 0 : caller.Depth + 1;

    /// <summary>Numbers the calls that lead here, for a walk.</summary>
    public int Path { get; init; }

    /// <summary>
    /// The object that it runs on, and the frame in which that is to be read; null where it is that of the body that is analysed.
    /// </summary>
    public (IOperation Value, Frame Frame)? Instance { get; init; }

    /// <summary>The call in the body that is analysed, for what happens at an operation.</summary>
    public SyntaxNode AnchorOf(SyntaxNode actual) => caller is null ? actual : caller.AnchorOf(call!.Syntax);

    /// <summary>Where something happens.</summary>
    public Site SiteOf(IOperation operation) => new(AnchorOf(operation.Syntax), operation.Syntax);

    /// <summary>Gives a parameter its argument.</summary>
    public void Bind(ISymbol parameter, IOperation argument) => arguments[parameter] = argument;

    /// <summary>The argument of a parameter, and the frame in which it is to be read; null where it is not seen.</summary>
    public (IOperation Value, Frame Frame)? ArgumentOf(ISymbol parameter)
    {
        for (var frame = this; frame is not null; frame = frame.Caller)
        {
            if (frame.arguments.TryGetValue(parameter, out var value) && frame.Caller is not null)
            {
                return (value, frame.Caller);
            }
        }

        return null;
    }

    /// <summary>Whether a lambda uses a variable or field too, so that nobody sees what happens to it.</summary>
    public bool HasEscaped(ISymbol symbol)
    {
        for (var frame = this; frame is not null; frame = frame.Caller)
        {
            if (frame.Code.EscapedFrom(frame.Function).Contains(symbol))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a function is being run already.</summary>
    public bool IsRunning(IMethodSymbol method)
    {
        for (var frame = this; frame is not null; frame = frame.Caller)
        {
            if (SymbolEqualityComparer.Default.Equals(frame.Function, method))
            {
                return true;
            }
        }

        return false;
    }
}
