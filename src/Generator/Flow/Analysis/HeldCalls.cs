using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Transfer;
using Precision.Generator.Flow.Values;
using Precision.Generator.Interception;
using Precision.Generator.Lists;
using Precision.Generator.Modules;
using Precision.Generator.Operations;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Calls of modules that are known by what was put where they are: what each of them gives, together.</summary>
internal sealed class HeldCalls(FlowContext context, Methods methods, MemberTransfer transfer, FlowRun run)
{
    /// <summary>How many modules of the call at hand come before the next one.</summary>
    private int place;

    /// <summary>What a call gives; null when nothing is known.</summary>
    /// <param name="invocation">The call.</param>
    /// <param name="held">What it may run.</param>
    /// <param name="arguments">What is given.</param>
    /// <param name="region">The region around the modules.</param>
    /// <param name="listed">What a list of the user's says of the call; null where none does.</param>
    public FlowValue? Call(IInvocationOperation invocation, Held held, FlowValue?[] arguments, FlowRegion region, ListedMember? listed)
    {
        place = 0;
        if (FullPrecisionMember.Of(run.Body.Variables.Origin(invocation.Instance)) is null && held.Flat().Any(static module => module.IsMarked))
        {
            // Its weights are float32, whatever is given to it.
            return FlowValue.Top;
        }

        return methods.CallerOf(invocation, arguments, region, listed) is var (given, caller)
            ? Each(invocation, held, given, caller, context.AreCallsIntercepted && listed is null)
            : FlowValue.Top;
    }

    /// <summary>What one or another module gives.</summary>
    private FlowValue? Each(IInvocationOperation invocation, Held held, FlowValue?[] arguments, Caller caller, bool isReplaced)
    {
        // Those that are known are entered also where there may be others.
        var joined = held.IsKnown ? TensorDtype.Bottom : FlowValue.Top;
        foreach (var module in held.Modules)
        {
            joined = FlowValue.Join(joined, One(invocation, module, arguments, caller, isReplaced));
        }

        return joined;
    }

    private FlowValue? One(IInvocationOperation invocation, HeldModule module, FlowValue?[] arguments, Caller caller, bool isReplaced)
    {
        if (module.IsCollection)
        {
            return module.IsRun ? Chain(invocation, module, arguments[0], caller)
                : module.Type.IsSequential() && arguments.Length == 1 ? Chain(invocation, module, arguments[0], caller) : FlowValue.Top;
        }

        var value = Leaf(invocation, module, arguments, caller, isReplaced);
        run.Modules?.Invoke((invocation.Syntax, place++), module, value);
        return value;
    }

    private FlowValue? Leaf(IInvocationOperation invocation, HeldModule module, FlowValue?[] arguments, Caller caller, bool isReplaced) => module switch
    {
        { Type: { } type } when ForwardMethods.Of(type) is { } forward => methods.Forward(forward, type, Methods.ByParameter(invocation, arguments), caller),
        _ when OperationTable.FindModule(module.Type) is { } layer => transfer.Layer(layer, invocation, arguments, caller.Region, isReplaced),
        _ => FlowValue.Top,
    };

    /// <summary>What the elements of a <c>Sequential</c> give one after the other. No build replaces the calls that it makes.</summary>
    private FlowValue? Chain(IInvocationOperation invocation, HeldModule sequential, FlowValue? value, Caller caller)
    {
        var first = place;
        if (sequential is { IsOrdered: true, Rounds: not Rounds.Any })
        {
            value = Round(invocation, sequential, value, caller);
            if (sequential.Rounds is not Rounds.Some)
            {
                return value;
            }
        }

        FlowValue? before;
        do
        {
            (before, place) = (value, first);
            value = FlowValue.Join(value, Round(invocation, sequential, value, caller));
        }
        while (value is not null && !value.Equals(before));
        return value;
    }

    private FlowValue? Round(IInvocationOperation invocation, HeldModule sequential, FlowValue? value, Caller caller)
    {
        foreach (var element in sequential.Elements)
        {
            // Without an order each may run at any place, or not at all.
            var given = Each(invocation, element, [value], caller, isReplaced: false);
            value = sequential.IsOrdered ? given : FlowValue.Join(value, given);
        }

        return value;
    }
}
