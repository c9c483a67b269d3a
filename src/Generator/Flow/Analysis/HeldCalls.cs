using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Transfer;
using Precision.Generator.Flow.Values;
using Precision.Generator.Interception;
using Precision.Generator.Modules;
using Precision.Generator.Operations;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Calls of modules that are known by what was put where they are: what each of them gives, together.</summary>
internal sealed class HeldCalls(FlowContext context, Scenario scenario, Methods methods, MemberTransfer transfer)
{
    /// <summary>What a call gives; null when nothing is known.</summary>
    public FlowValue? Call(IInvocationOperation invocation, Held held, FlowValue?[] arguments, FlowRegion region)
    {
        var isMarked = FullPrecisionMember.Of(invocation.Instance) is not null;
        if (isMarked ? !context.AreCallsIntercepted : held.Flat().Any(static module => module.IsMarked))
        {
            // Its weights are float32, whatever is given to it.
            return FlowValue.Top;
        }

        if (isMarked)
        {
            arguments = [.. arguments.Select(argument => Inputs.Cast(argument, ClassKind.FullPrecision, scenario))];
            region = FlowRegion.Disabled;
        }

        return Each(invocation, held, arguments, region, context.AreCallsIntercepted);
    }

    /// <summary>What one or another module gives.</summary>
    private FlowValue? Each(IInvocationOperation invocation, Held held, FlowValue?[] arguments, FlowRegion region, bool isReplaced)
    {
        FlowValue? joined = TensorDtype.Bottom;
        foreach (var module in held.IsKnown ? held.Modules : [])
        {
            joined = FlowValue.Join(joined, One(invocation, module, arguments, region, isReplaced));
        }

        return held.IsKnown ? joined : FlowValue.Top;
    }

    private FlowValue? One(IInvocationOperation invocation, HeldModule module, FlowValue?[] arguments, FlowRegion region, bool isReplaced) => module switch
    {
        { IsCollection: true } => module.Type.IsSequential() && arguments.Length == 1 ? Chain(invocation, module, arguments[0], region) : FlowValue.Top,
        { Type: { } type } when ForwardMethods.Of(type) is { } forward => methods.Run(forward, invocation, arguments, region),
        _ when OperationTable.FindModule(module.Type) is { } layer => transfer.Layer(layer, invocation, arguments, region, isReplaced),
        _ => FlowValue.Top,
    };

    /// <summary>What the elements of a <c>Sequential</c> give one after the other. No build replaces the calls that it makes.</summary>
    private FlowValue? Chain(IInvocationOperation invocation, HeldModule sequential, FlowValue? value, FlowRegion region)
    {
        if (sequential.IsOrdered)
        {
            foreach (var element in sequential.Elements)
            {
                value = Each(invocation, element, [value], region, isReplaced: false);
            }

            return value;
        }

        // Each may run at any place, or not at all: whatever they make of what they make.
        FlowValue? before;
        do
        {
            before = value;
            foreach (var element in sequential.Elements)
            {
                value = FlowValue.Join(value, Each(invocation, element, [value], region, isReplaced: false));
            }
        }
        while (value is not null && !value.Equals(before));
        return value;
    }
}
