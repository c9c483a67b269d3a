using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>The lambdas and local functions of a body, as they are met.</summary>
/// <param name="body">The body.</param>
/// <param name="run">Walks the graph of one.</param>
internal sealed class Functions(Body body, Action<Function> run)
{
    private readonly List<Function> met = [];

    /// <summary>Those that were met, in that order. Running one may find others.</summary>
    public IReadOnlyList<Function> Met => met;

    /// <summary>The one whose graph is walked; null in the body itself.</summary>
    public Function? Current { get; set; }

    /// <summary>Whether one was met, or was found to take or give more, since this was reset.</summary>
    public bool HaveChanged { get; set; }

    /// <summary>A lambda or local function of the body; null where it has no graph.</summary>
    public Function? Of(IMethodSymbol symbol)
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
        met.Add(function);
        HaveChanged = true;
        return function;
    }

    /// <summary>A lambda or local function that was met.</summary>
    public Function? Find(IMethodSymbol symbol)
    {
        foreach (var function in met)
        {
            if (SymbolEqualityComparer.Default.Equals(function.Symbol, symbol))
            {
                return function;
            }
        }

        return null;
    }

    /// <summary>Hands the state around a lambda or local function to it.</summary>
    /// <param name="function">The function.</param>
    /// <param name="state">The state where it is made, named or called.</param>
    /// <param name="isCalled">Whether it is called with arguments that are not known: here or, since it is handed out, elsewhere.</param>
    public void Enter(Function? function, FlowState state, bool isCalled)
    {
        if (function is null)
        {
            return;
        }

        var entry = state.Clone();
        foreach (var parameter in isCalled ? function.Symbol.Parameters : [])
        {
            entry[parameter] = FlowValue.Top;
        }

        HaveChanged |= function.Enter(entry);
    }

    /// <summary>Lets local functions that nothing calls begin with nothing known.</summary>
    /// <returns>Whether there are some.</returns>
    public bool EnterUncalled()
    {
        var any = false;
        foreach (var function in met)
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

    /// <summary>Hands the arguments of a call to a lambda or local function, and the state around the call.</summary>
    /// <returns>What it returns, as far as that is known by now.</returns>
    public FlowValue? Call(IMethodSymbol called, FlowState state, IInvocationOperation invocation, FlowValue?[] arguments)
    {
        if ((Find(called) ?? Find(called.OriginalDefinition)) is not { } function)
        {
            return FlowValue.Top;
        }

        return Call(function, state, Methods.ByParameter(invocation, arguments));
    }

    /// <summary>What <c>Aggregate</c> gives, which hands a function what it gave before and each element; null where nothing is known of it.</summary>
    public FlowValue? Aggregate(IMethodSymbol called, FlowState state, FlowValue? seed, FlowValue? element)
        => Of(called) is { } function ? FlowValue.Join(seed, Call(function, state, [FlowValue.Join(seed, function.Result), element])) : FlowValue.Top;

    private FlowValue? Call(Function function, FlowState state, FlowValue?[] values)
    {
        var entry = state.Clone();
        foreach (var parameter in function.Symbol.Parameters)
        {
            entry[parameter] = parameter.Ordinal < values.Length ? values[parameter.Ordinal] : FlowValue.Top;
        }

        HaveChanged |= function.Enter(entry);
        if (!function.HasRun)
        {
            // What follows would be computed from no value at all, and what that leads to stays in the states.
            run(function);
        }

        return function.Result;
    }

    /// <summary>Adds a value that the one whose graph is walked returns.</summary>
    public void Return(FlowValue? value) => HaveChanged |= Current!.Return(value);

    /// <summary>The lambda that an expression is; null where it is none.</summary>
    public static IFlowAnonymousFunctionOperation? Lambda(IOperation operation) => operation switch
    {
        IFlowAnonymousFunctionOperation lambda => lambda,
        IDelegateCreationOperation { Target: var target } => Lambda(target),
        IConversionOperation { Operand: var operand } => Lambda(operand),
        _ => null,
    };
}
