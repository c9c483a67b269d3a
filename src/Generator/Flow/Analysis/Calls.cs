using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Transfer;
using Precision.Generator.Flow.Values;
using Precision.Generator.Lists;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What calls give, and what they do to the variables that they are given.</summary>
internal sealed class Calls(
    FlowEvaluator evaluator, Functions functions, Assignments assignments, Methods methods, HeldCalls heldCalls, ListedCalls listedCalls, MemberTransfer transfer)
{
    /// <summary>A call, with the evaluation of all that is in it.</summary>
    public FlowValue? Call(IInvocationOperation invocation, FlowState state, FlowRegion region)
    {
        var instance = invocation.Instance is null ? FlowValue.Top : evaluator.Evaluate(invocation.Instance, state);
        var arguments = invocation.Arguments.IsEmpty ? [] : new FlowValue?[invocation.Arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (i > 0 && arguments[0] is SequenceValue { Element: var element } && Functions.Lambda(invocation.Arguments[i].Value) is { } lambda
                && Sequences.SeedOf(invocation.TargetMethod, i, element, arguments) is var (seed, _))
            {
                return functions.Aggregate(lambda.Symbol, state, seed, element);
            }

            arguments[i] = evaluator.Evaluate(invocation.Arguments[i].Value, state);
        }

        var value = listedCalls.Find(invocation) is { } listed
            ? listedCalls.Call(invocation, instance, arguments, region, listed, (owner, given, inside) => Result(invocation, owner, given, state, inside, listed))
            : Result(invocation, instance, arguments, state, region);
        foreach (var argument in invocation.Arguments)
        {
            if (argument.Parameter?.RefKind is RefKind.Ref or RefKind.Out)
            {
                assignments.Assign(argument.Value, FlowValue.Top, state);
            }
        }

        return value;
    }

    private FlowValue? Result(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, FlowState state, FlowRegion region, ListedMember? listed = null)
    {
        var method = invocation.TargetMethod;
        switch (instance)
        {
            case ObjectValue original when method is { IsImplicitlyDeclared: true, Name: "<Clone>$" }:
                return original.Copy();
            case SequenceValue list when Sequences.Changed(invocation, list, arguments) is var (changed, isAddition):
                assignments.Assign(invocation.Instance!, changed, state);
                if (isAddition)
                {
                    return FlowValue.Top;
                }

                break;
            case FunctionValue { Method: var lambda } when method.MethodKind is MethodKind.DelegateInvoke:
                return functions.Call(lambda, state, invocation, arguments);
            case HeldValue { Held: var held } when method.Name is OperationTable.Forward or OperationTable.Call && method.IsOfModule():
                return heldCalls.Call(invocation, held, arguments, region, listed);
        }

        return method.MethodKind is MethodKind.LocalFunction
            ? functions.Call(method, state, invocation, arguments)
            : methods.Call(invocation, instance, arguments, region, listed)
                ?? transfer.Call(invocation, instance, arguments, region, listed is not null)
                ?? HeldMembers.Call(method, instance as HeldValue, arguments)
                ?? HeldMembers.Made(invocation);
    }
}
