using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Members of .NET's collections that hand on what is in them. Of a dictionary what counts are its values, not its pairs.</summary>
internal static class Sequences
{
    /// <summary>What a method of a collection gives.</summary>
    public static FlowValue? Call(IMethodSymbol method, FlowValue? instance, FlowValue?[] arguments)
    {
        if (method is { Name: "Zip" or "Index", ContainingType.Name: "Enumerable" } && IsOfTuples(method.ReturnType, out var places))
        {
            return new SequenceValue(new TupleValue(method.Name == "Index" ? [null, ElementOf(arguments[0])] : [.. arguments.Take(places).Select(ElementOf)]));
        }

        var sequence = instance as SequenceValue ?? (method.IsExtensionMethod && arguments.Length > 0 ? arguments[0] as SequenceValue : null);
        return sequence is null || IsPair(method.ReturnType) ? null : method.Name switch
        {
            "GetEnumerator" or "ToArray" or "ToList" or "AsEnumerable" => sequence with { Places = null },
            "Reverse" or "Skip" or "Take" => new SequenceValue(sequence.Element),
            "First" when arguments.Length < 2 => Element(sequence, 0),
            "Last" when arguments.Length < 2 => FromEnd(sequence, 1),
            "Pop" or "Peek" or "Dequeue" or "First" or "Last" or "Single" or "ElementAt" => sequence.Element,
            _ => null,
        };
    }

    /// <summary>What <c>Aggregate</c> begins with, whose last argument is a function; null for another method or argument.</summary>
    public static (FlowValue? Value, bool _)? SeedOf(IMethodSymbol method, int argument, FlowValue element, FlowValue?[] arguments)
        => method is { Name: "Aggregate", ContainingType: { Name: "Enumerable", ContainingNamespace.Name: "Linq" } } && argument == arguments.Length - 1 && argument <= 2
            && method.TypeParameters.Length == argument
                ? (argument == 1 ? element : arguments[1], true)
                : null;

    /// <summary>A collection after one of its own methods ran; null where that changes nothing which is known of it.</summary>
    public static (FlowValue? Value, bool IsAddition)? Changed(IInvocationOperation call, SequenceValue list, FlowValue?[] arguments) => call.TargetMethod.Name switch
    {
        _ when call.TargetMethod.IsStatic => null,
        "Add" when arguments.Length == 2 => (Put(list, arguments[1], PlaceOf(call.Arguments[0].Value)), true),
        "Add" => (Appended(list, arguments.LastOrDefault()), true),
        "TryAdd" or "Insert" or "Push" or "Enqueue" => (Put(list, arguments.LastOrDefault(), place: null), true),
        "AddRange" or "InsertRange" => (Put(list, (arguments.LastOrDefault() as SequenceValue)?.Element, place: null), true),
        "SetValue" => (FlowValue.Top, true),
        "Remove" or "RemoveAt" or "RemoveAll" or "RemoveRange" or "Clear" or "Reverse" or "Sort" or "Pop" or "Dequeue" => (new SequenceValue(list.Element), false),
        _ => null,
    };

    /// <summary>A collection after a value was put into it.</summary>
    /// <param name="collection">The collection before that.</param>
    /// <param name="value">The value.</param>
    /// <param name="place">Where: a number, or a dictionary's key; null where that is unknown.</param>
    public static SequenceValue? Put(SequenceValue collection, FlowValue? value, object? place)
    {
        var part = ObjectValue.Part(value);
        if (part is null || FlowValue.Join(collection.Element, part) is not { } element)
        {
            return null;
        }

        return place is null ? new SequenceValue(element)
            : place is int at && IsAt(collection, at) ? collection with { Element = element, Items = collection.Items.SetItem(at, part) }
            : new SequenceValue(element, Places: (collection.Places ?? ImmutableDictionary<object, FlowValue>.Empty).SetItem(place, part));
    }

    /// <summary>A list after a value was added at its end.</summary>
    private static SequenceValue? Appended(SequenceValue list, FlowValue? value)
        => Put(list, value, place: null) is { } grown
            ? grown with { Items = list.Items.IsDefault ? default : list.Items.Add(ObjectValue.Part(value)!), Places = list.Places }
            : null;

    /// <summary>A constant place or key; null where it is none.</summary>
    public static object? PlaceOf(IOperation index) => index.ConstantValue is { HasValue: true, Value: var place } ? place : null;

    /// <summary>The element at a place that is counted from the end.</summary>
    public static FlowValue? FromEnd(FlowValue? collection, int place)
        => collection is SequenceValue { Items: { IsDefault: false } items } ? Element(collection, items.Length - place) : Element(collection, place: null);

    /// <summary>The element at a known or an unknown place.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="place">A number, or a dictionary's key; null where it is unknown.</param>
    public static FlowValue? Element(FlowValue? collection, object? place)
        => collection is not SequenceValue sequence ? null
            : place is int at && IsAt(sequence, at) ? sequence.Items[at]
            : place is not null && sequence.Places?.TryGetValue(place, out var known) == true ? known
            : sequence.Element;

    /// <summary>What a property of a collection or an enumerator gives.</summary>
    /// <param name="property">The property.</param>
    /// <param name="owner">The collection.</param>
    /// <param name="place">The place or key between the brackets, where it is a constant.</param>
    public static FlowValue? Property(IPropertySymbol property, FlowValue? owner, object? place)
        => owner is not SequenceValue sequence || IsPair(property.Type) ? null : property switch
        {
            { IsIndexer: true } => Element(sequence, place),
            { Name: "Current" } => sequence.Element,
            { Name: "Values" } => new SequenceValue(sequence.Element),
            _ => null,
        };

    private static FlowValue? ElementOf(FlowValue? collection) => collection switch
    {
        SequenceValue sequence => ObjectValue.Part(sequence.Element),
        HeldValue { Held: var held } => HeldValue.Of(held.Element()),
        _ => null,
    };

    private static bool IsOfTuples(ITypeSymbol type, out int places)
    {
        var element = type is INamedTypeSymbol { TypeArguments: [INamedTypeSymbol { IsTupleType: true } tuple] } ? tuple : null;
        places = element?.TupleElements.Length ?? 0;
        return element is not null;
    }

    private static bool IsAt(SequenceValue sequence, int place) => !sequence.Items.IsDefault && place >= 0 && place < sequence.Items.Length;

    private static bool IsPair(ITypeSymbol type) => type.Name == "KeyValuePair";
}
