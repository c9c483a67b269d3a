using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Models;

namespace Precision.Generator.Forward.Symbols;

/// <summary>Reads this library's attributes off symbols.</summary>
internal static class AnnotationSymbols
{
    public const string MixedPrecisionAttribute = nameof(MixedPrecisionAttribute);

    public const string FullPrecisionAttribute = nameof(FullPrecisionAttribute);

    public const string ComputesInAttribute = nameof(ComputesInAttribute);

    public static AttributeData? FindMixedPrecision(this ISymbol symbol) => symbol.Find(MixedPrecisionAttribute);

    public static AttributeData? FindFullPrecision(this ISymbol symbol) => symbol.Find(FullPrecisionAttribute);

    public static AttributeData? FindComputesIn(this ISymbol symbol) => symbol.Find(ComputesInAttribute);

    /// <summary>The mark that the generator leaves on every class that it added to.</summary>
    public static AttributeData? FindPrecisionGenerated(this ISymbol symbol)
        => symbol.Find("PrecisionGeneratedAttribute", "CompilerServices");

    /// <summary>Whether a class carries either attribute.</summary>
    public static bool IsAnnotated(this INamedTypeSymbol type)
        => type.FindMixedPrecision() is not null || type.FindFullPrecision() is not null;

    /// <summary>Whether a class or one of its bases carries either attribute.</summary>
    public static bool IsOrInheritsAnnotated(this INamedTypeSymbol type)
        => type.OriginalDefinition.IsAnnotated() || AnnotatedClassAnalysis.FindAnnotatedBase(type) is not null;

    /// <summary>The policy that an attribute gives; null where its arguments do not compile.</summary>
    public static Policy? ReadPolicy(this AttributeData attribute)
    {
        if (attribute.ConstructorArguments is not [{ Kind: TypedConstantKind.Enum, Value: int compute }])
        {
            return null;
        }

        var (parameters, output, autocast) = (Dtype.Unspecified, Dtype.Unspecified, true);
        foreach (var argument in attribute.NamedArguments)
        {
            switch (argument.Key, argument.Value.Value)
            {
                case ("Parameters", int value):
                    parameters = (Dtype)value;
                    break;
                case ("Output", int value):
                    output = (Dtype)value;
                    break;
                case ("Autocast", bool value):
                    autocast = value;
                    break;
                default:
                    return null;
            }
        }

        return new Policy(
            (Dtype)compute,
            parameters is Dtype.Unspecified ? PolicyRules.DefaultParameters((Dtype)compute, autocast) : parameters,
            output,
            autocast);
    }

    private static AttributeData? Find(this ISymbol symbol, string name, string? subNamespace = null)
    {
        foreach (var attribute in symbol.GetAttributes())
        {
            if (attribute.AttributeClass is { ContainingType: null } type && type.Name == name)
            {
                var space = type.ContainingNamespace;
                if (subNamespace is not null)
                {
                    if (space.Name != subNamespace)
                    {
                        continue;
                    }

                    space = space.ContainingNamespace;
                }

                if (space is { Name: "Precision", ContainingNamespace.IsGlobalNamespace: true })
                {
                    return attribute;
                }
            }
        }

        return null;
    }
}
