using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Forward.Symbols;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>Finds the annotated classes and marked functions of a compilation without the help of what is tested.</summary>
internal static class AnnotatedClasses
{
    public static IReadOnlyCollection<INamedTypeSymbol> In(Compilation compilation)
        => [.. compilation.SyntaxTrees
            .SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
                .Select(declaration => compilation.GetSemanticModel(tree).GetDeclaredSymbol(declaration)))
            .OfType<INamedTypeSymbol>()
            .Where(type => type.TypeKind is TypeKind.Class && (type.IsAnnotated() || type.FindMixedPrecisionFunction() is not null))
            .ToHashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default)];
}
