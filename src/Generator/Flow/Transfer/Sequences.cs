using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Members of .NET's collections that hand on what is in them.</summary>
internal static class Sequences
{
    /// <summary>What a method of a collection gives.</summary>
    public static FlowValue? Call(IMethodSymbol method, FlowValue? instance, FlowValue?[] arguments)
    {
        var sequence = instance as SequenceValue ?? (method.IsExtensionMethod && arguments.Length > 0 ? arguments[0] as SequenceValue : null);
        return sequence is null ? null : method.Name switch
        {
            "GetEnumerator" or "ToArray" or "ToList" or "Reverse" or "Skip" or "Take" or "AsEnumerable" => sequence,
            "First" or "Last" or "Single" or "ElementAt" => sequence.Element,
            _ => null,
        };
    }

    /// <summary>A list after something was added; null where the method adds nothing.</summary>
    public static (FlowValue? Value, bool _)? Add(IMethodSymbol method, SequenceValue list, FlowValue?[] arguments)
    {
        var added = method.Name switch
        {
            "Add" or "Insert" => arguments.LastOrDefault(),
            "AddRange" or "InsertRange" => (arguments.LastOrDefault() as SequenceValue)?.Element,
            _ => TensorDtype.Bottom,
        };
        return ReferenceEquals(added, TensorDtype.Bottom) ? null
            : (FlowValue.Join(list.Element, added) is { } element ? new SequenceValue(element) : null, true);
    }

    /// <summary>The element at a known or an unknown place.</summary>
    public static FlowValue? Element(FlowValue? collection, int? index)
        => collection is not SequenceValue sequence ? null
            : index is { } at && !sequence.Items.IsDefault && at >= 0 && at < sequence.Items.Length ? sequence.Items[at]
            : sequence.Element;

    /// <summary>What a property of a collection or an enumerator gives.</summary>
    public static FlowValue? Property(IPropertySymbol property, FlowValue? owner)
        => owner is SequenceValue sequence && (property.IsIndexer || property.Name == "Current") ? sequence.Element : null;
}
