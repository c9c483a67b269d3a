using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Symbols;

namespace Precision.Generator.Rules.Annotation;

/// <summary>Where the rules of this family report.</summary>
internal static class AnnotationLocations
{
    /// <summary>The attribute of a class, the last one if there are two.</summary>
    public static Location OfAnnotation(this INamedTypeSymbol type, CancellationToken token)
        => type.AnnotationSyntax(token)?.GetLocation() ?? type.Locations[0];

    /// <summary>The name of a class, in the part that carries the attribute.</summary>
    public static Location OfName(this INamedTypeSymbol type, CancellationToken token)
        => type.AnnotationSyntax(token)?.FirstAncestorOrSelf<BaseTypeDeclarationSyntax>()?.Identifier.GetLocation() ?? type.Locations[0];

    private static SyntaxNode? AnnotationSyntax(this INamedTypeSymbol type, CancellationToken token)
        => (type.FindFullPrecision() ?? type.FindMixedPrecision() ?? type.FindMixedPrecisionFunction())?
            .ApplicationSyntaxReference?.GetSyntax(token);
}
