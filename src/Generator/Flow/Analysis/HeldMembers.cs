using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>What members of collections of modules hand on.</summary>
internal static class HeldMembers
{
    /// <summary>What a property gives: an element, or all of them.</summary>
    public static HeldValue? Property(IPropertyReferenceOperation reference, Held owner) => reference.Property switch
    {
        { IsIndexer: true } => HeldValue.Of(owner.Element(
            reference.Arguments is [{ Value.ConstantValue: { HasValue: true, Value: int index } }] ? index : null)),
        { Name: "Current" } => HeldValue.Of(owner.Element()),
        { Name: "Values" } => HeldValue.Of(owner),
        _ => null,
    };

    /// <summary>What a method of a collection, or one of LINQ's, gives.</summary>
    public static HeldValue? Call(IMethodSymbol method, HeldValue? instance, FlowValue?[] arguments)
        => (instance ?? (method.IsExtensionMethod && arguments is [HeldValue first, ..] ? first : null)) is not { Held: var held } ? null : method.Name switch
        {
            "GetEnumerator" or "ToArray" or "ToList" or "AsEnumerable" or "children" => HeldValue.Of(held),
            "Reverse" or "Skip" or "Take" or "Where" => HeldValue.Of(Held.Collection(null, [held.Element()], isOrdered: false)),
            "First" or "Last" or "Single" or "ElementAt" => HeldValue.Of(held.Element()),
            _ => null,
        };

    /// <summary>The module that one of TorchSharp's factories makes.</summary>
    public static HeldValue? Made(IInvocationOperation invocation)
        => invocation is { Instance: null, TargetMethod: { IsExtensionMethod: false } method, Type: INamedTypeSymbol type }
            && method.IsTorchSharps() && type.IsExactModule()
                ? HeldValue.Of(Held.Module(type))
                : null;

    /// <summary>The module that an expression is by its type, where a conversion forgets that.</summary>
    public static HeldValue? Converted(IConversionOperation conversion)
        => conversion.Operand.Type is INamedTypeSymbol type && type.IsExactModule() ? HeldValue.Of(Held.Module(type)) : null;
}
