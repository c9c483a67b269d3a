using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Symbols;

/// <summary>Reads this library's attributes off symbols.</summary>
internal static class AnnotationSymbols
{
    public const string MixedPrecisionAttribute = nameof(MixedPrecisionAttribute);

    public const string FullPrecisionAttribute = nameof(FullPrecisionAttribute);

    public const string MixedPrecisionFunctionAttribute = nameof(MixedPrecisionFunctionAttribute);

    public const string ComputesInAttribute = nameof(ComputesInAttribute);

    public static AttributeData? FindMixedPrecision(this ISymbol symbol) => symbol.Find(MixedPrecisionAttribute);

    public static AttributeData? FindFullPrecision(this ISymbol symbol) => symbol.Find(FullPrecisionAttribute);

    /// <summary>The user's mark on a custom autograd function.</summary>
    public static AttributeData? FindMixedPrecisionFunction(this ISymbol symbol) => symbol.Find(MixedPrecisionFunctionAttribute);

    public static AttributeData? FindComputesIn(this ISymbol symbol) => symbol.Find(ComputesInAttribute);

    /// <summary>The mark that the generator leaves on every class that it added to.</summary>
    public static AttributeData? FindPrecisionGenerated(this ISymbol symbol)
        => symbol.Find("PrecisionGeneratedAttribute", "CompilerServices");

    /// <summary>The <c>[MixedPrecision]</c> class that a model is of or derives from; null when there is none.</summary>
    public static INamedTypeSymbol? FindMixedPrecisionClass(this ITypeSymbol? type)
    {
        for (var current = type as INamedTypeSymbol; current is not null && !current.IsGenericModule(); current = current.BaseType)
        {
            if (current.OriginalDefinition.FindMixedPrecision() is not null)
            {
                return current;
            }
        }

        return null;
    }

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

    /// <summary>The dtype that the mark of an autograd function names; unspecified where it names none.</summary>
    public static Dtype ReadCastInputs(this AttributeData mark)
        => mark.NamedArguments.FirstOrDefault(static argument => argument.Key == "CastInputs").Value.Value is int dtype
            ? (Dtype)dtype
            : Dtype.Unspecified;

    /// <summary>Whether a type's declaration in source says partial. One part is enough: the compiler asks it of every part.</summary>
    public static bool IsPartial(this INamedTypeSymbol type, CancellationToken token)
        => type.DeclaringSyntaxReferences is [var reference, ..]
            && reference.GetSyntax(token) is TypeDeclarationSyntax declaration
            && declaration.Modifiers.Any(SyntaxKind.PartialKeyword);

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
