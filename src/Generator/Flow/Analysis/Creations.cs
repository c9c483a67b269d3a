using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What expressions give that make something of several values: tuples, arrays, collections, objects.</summary>
internal sealed class Creations(Numbers numbers, FlowEvaluator evaluator)
{
    /// <summary>A tuple.</summary>
    public FlowValue? Tuple(ITupleOperation operation, FlowState state)
    {
        var elements = ImmutableArray.CreateBuilder<FlowValue?>(operation.Elements.Length);
        foreach (var element in operation.Elements)
        {
            elements.Add(evaluator.Evaluate(element, state) is var value && value is ObjectValue made ? made.Fixed() : value);
        }

        return new TupleValue(elements.MoveToImmutable());
    }

    /// <summary>An array, with or without its elements.</summary>
    public FlowValue? Array(IArrayCreationOperation operation, FlowState state)
    {
        foreach (var size in operation.DimensionSizes)
        {
            evaluator.Evaluate(size, state);
        }

        return operation.Initializer is null ? new SequenceValue(TensorDtype.Bottom) : evaluator.Evaluate(operation.Initializer, state);
    }

    /// <summary>
    /// The elements of an array or a collection; null where nothing is known that they have in common. Those of an array of objects, which
    /// custom autograd functions are given, have nothing in common anyway, and are known one by one.
    /// </summary>
    public SequenceValue? Sequence(ImmutableArray<IOperation> elements, FlowState state, bool areObjects = false)
    {
        if (elements is [{ Type: var type }, ..] && numbers.Of(type) is not null)
        {
            // Sizes and dimensions: of numbers their type says enough.
            foreach (var element in elements)
            {
                evaluator.Evaluate(element, state);
            }

            return null;
        }

        FlowValue? joined = TensorDtype.Bottom;
        var items = ImmutableArray.CreateBuilder<FlowValue>(elements.Length);
        foreach (var element in elements)
        {
            var value = evaluator.Evaluate(element, state) is var given && given is ObjectValue made ? made.Fixed() : given;
            joined = FlowValue.Join(joined, value);
            value ??= areObjects ? TensorDtype.Unknown : null;
            if (value is not null && element is not ISpreadOperation)
            {
                items.Add(value);
            }
        }

        joined ??= areObjects ? TensorDtype.Unknown : null;
        return joined is null ? null : new SequenceValue(joined, items.Count == elements.Length ? items.MoveToImmutable() : default);
    }

    /// <summary>
    /// An object. A parameter is the tensor that it is made of, a list holds what a collection gives it, and a record what its
    /// constructor is given.
    /// </summary>
    public FlowValue? Object(IObjectCreationOperation operation, FlowState state)
    {
        var first = FlowValue.Top;
        var made = operation.Type is INamedTypeSymbol own ? new ObjectValue(own, isExact: true) : null;
        foreach (var argument in operation.Arguments)
        {
            var value = evaluator.Evaluate(argument.Value, state);
            first = argument.Parameter?.Ordinal == 0 ? value : first;
            if (argument.Parameter is { } parameter && ObjectValue.PropertyOf(parameter) is { } property)
            {
                made = made?.With(property, value);
            }
        }

        if (operation.Initializer is { } initializer)
        {
            evaluator.Evaluate(initializer, state);
        }

        return operation.Type switch
        {
            { } type when type.IsTensorOrDerived() => first,
            { Name: "List", ContainingNamespace.Name: "Generic" } => first as SequenceValue ?? new SequenceValue(TensorDtype.Bottom, Items: []),
            { Name: "Dictionary" or "Stack" or "Queue", ContainingNamespace.Name: "Generic" }
                => new SequenceValue((first as SequenceValue)?.Element ?? TensorDtype.Bottom),
            INamedTypeSymbol type when type.IsContainer() => FlowValue.Top,
            INamedTypeSymbol type when type.IsAnyModule() => HeldValue.Of(Held.Module(type)),
            _ => made,
        };
    }
}
