using Microsoft.CodeAnalysis;

namespace Precision.Generator.Flow;

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

    /// <summary>What a property of a collection or an enumerator gives.</summary>
    public static FlowValue? Property(IPropertySymbol property, FlowValue? owner)
        => owner is SequenceValue sequence && (property.IsIndexer || property.Name == "Current") ? sequence.Element : null;
}
