using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Members of .NET's collections that hand on what is in them. A dictionary counts as its values, not its pairs.</summary>
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
            "GetEnumerator" or "ToArray" or "ToList" or "Reverse" or "Skip" or "Take" or "AsEnumerable" => sequence with { Places = null },
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

    /// <summary>A list after something was added; null where the method adds nothing.</summary>
    public static (FlowValue? Value, bool _)? Add(IMethodSymbol method, SequenceValue list, FlowValue?[] arguments) => method.Name switch
    {
        "Add" or "TryAdd" or "Insert" or "Push" or "Enqueue" => (Grown(list, arguments.LastOrDefault()), true),
        "AddRange" or "InsertRange" => (Grown(list, (arguments.LastOrDefault() as SequenceValue)?.Element), true),
        _ => null,
    };

    /// <summary>A collection after a value was put into it, wherever that is.</summary>
    public static SequenceValue? Grown(SequenceValue list, FlowValue? value)
        => FlowValue.Join(list.Element, ObjectValue.Part(value)) is { } element ? new SequenceValue(element) : null;

    /// <summary>The element at a known or an unknown place.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="place">A number, or a dictionary's key; null where it is unknown.</param>
    public static FlowValue? Element(FlowValue? collection, object? place)
        => collection is not SequenceValue sequence ? null
            : place is int at && !sequence.Items.IsDefault && at >= 0 && at < sequence.Items.Length ? sequence.Items[at]
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

    private static bool IsPair(ITypeSymbol type) => type.Name == "KeyValuePair";
}
