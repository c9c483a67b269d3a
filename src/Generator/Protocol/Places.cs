using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Finds where objects are held.</summary>
internal static class Places
{
    /// <summary>Other names of an object are followed so far.</summary>
    private const int MaximumDepth = 8;

    /// <summary>The place that holds what an expression gives; null where it is not known.</summary>
    public static Place? Of(IOperation? expression, Frame frame)
        => Of(expression, frame, 0) is { } place && !frame.HasEscaped(place.Root) ? place : null;

    /// <summary>The variable or field to which what an operation makes is given; null where it goes elsewhere.</summary>
    public static Place? Receiving(IOperation creation, Frame frame)
    {
        var parent = creation.Parent;
        while (parent is IConversionOperation
            || (parent is IArgumentOperation && parent.Parent is IInvocationOperation call && IsConversion(call)))
        {
            parent = parent is IArgumentOperation ? parent.Parent!.Parent : parent.Parent;
        }

        return parent switch
        {
            IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } } => new Place(local),
            ISimpleAssignmentOperation { Target: var target } => Of(target, frame),
            _ => null,
        };
    }

    private static Place? Of(IOperation? expression, Frame frame, int depth)
    {
        if (expression is null || depth > MaximumDepth)
        {
            return null;
        }

        switch (expression.WithoutConversions())
        {
            case ILocalReferenceOperation { Local: var local }:
                return Alias(local, frame, depth) ?? new Place(local);
            case IParameterReferenceOperation { Parameter: var parameter }:
                return frame.Code.AssignedTo(parameter).Count == 0 && frame.ArgumentOf(parameter) is var (value, caller)
                    ? Of(value, caller, depth + 1)
                    : new Place(parameter);
            case IFieldReferenceOperation { Field: var field, Instance: var instance }:
                return Member(field, instance, frame, depth);
            case IPropertyReferenceOperation { Property: { IsIndexer: false } property, Instance: var instance } when IsStored(property):
                return Member(property, instance, frame, depth);
            case IInvocationOperation call when IsConversion(call):
                return Of(call.Receiver(), frame, depth + 1);
            case ISimpleAssignmentOperation { Target: var target }:
                return Of(target, frame, depth + 1);
            case IConditionalAccessInstanceOperation part:
                return Of(FullPrecisionMember.Accessed(part), frame, depth + 1);
            default:
                return null;
        }
    }

    /// <summary>What a variable is another name of: it is assigned once, and that is a place.</summary>
    private static Place? Alias(ILocalSymbol local, Frame frame, int depth)
        => frame.Code.AssignedTo(local) is [{ } value] && local.RefKind is RefKind.None && !IsCollectionOfLoop(value)
            ? Of(value, frame, depth + 1)
            : null;

    /// <summary>Whether a variable gets the elements of a value, one after the other.</summary>
    private static bool IsCollectionOfLoop(IOperation value)
    {
        var parent = value.Parent;
        while (parent is IConversionOperation)
        {
            parent = parent.Parent;
        }

        return parent is IForEachLoopOperation;
    }

    private static Place? Member(ISymbol member, IOperation? instance, Frame frame, int depth)
    {
        if (instance is null)
        {
            return new Place(member);
        }

        if (instance.WithoutConversions() is not IInstanceReferenceOperation)
        {
            return Of(instance, frame, depth + 1) is { } owner ? new Place(member, owner) : null;
        }

        return frame.Instance is not var (value, caller) ? new Place(member)
            : Of(value, caller, depth + 1) is { } called ? new Place(member, called) : null;
    }

    private static bool IsConversion(IInvocationOperation call) => TrainingMembers.Of(call.TargetMethod) is TrainingMember.Convert;

    /// <summary>Whether reading a property twice gives the same object, as far as its class shows.</summary>
    private static bool IsStored(IPropertySymbol property)
        => !property.IsInSource() || property.ContainingType.GetMembers().Any(member
            => member is IFieldSymbol { AssociatedSymbol: { } stored } && SymbolEqualityComparer.Default.Equals(stored, property));
}
