using Microsoft.CodeAnalysis;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward;

/// <summary>
/// Finds the annotated classes of a compilation. The compiler's own search (<c>ForAttributeWithMetadataName</c>) binds the attribute of
/// each such class on every keystroke, which is nearly all that it costs; this one is asked when a declaration has changed.
/// </summary>
internal static class AnnotatedClassFinder
{
    private static readonly string[] Annotations =
        [AttributeNames.Stem(AnnotationSymbols.MixedPrecisionAttribute), AttributeNames.Stem(AnnotationSymbols.FullPrecisionAttribute)];

    private static readonly string[] FunctionMarks = [AttributeNames.Stem(AnnotationSymbols.MixedPrecisionFunctionAttribute)];

    /// <summary>The classes with <c>[MixedPrecision]</c> or <c>[FullPrecision]</c>, in the order of the source, each once.</summary>
    public static IEnumerable<INamedTypeSymbol> Find(Compilation compilation, CancellationToken token)
        => Find(compilation, Annotations, static type => type.IsAnnotated(), token);

    /// <summary>The classes with <c>[MixedPrecisionFunction]</c>, in the order of the source, each once.</summary>
    public static IEnumerable<INamedTypeSymbol> FindFunctions(Compilation compilation, CancellationToken token)
        => Find(compilation, FunctionMarks, static type => type.FindMixedPrecisionFunction() is not null, token);

    private static IEnumerable<INamedTypeSymbol> Find(
        Compilation compilation, IEnumerable<string> names, Func<INamedTypeSymbol, bool> isWanted, CancellationToken token)
    {
        var files = new List<AttributedClasses>();
        var stems = new HashSet<string>(names, StringComparer.Ordinal);
        foreach (var tree in compilation.SyntaxTrees)
        {
            var file = AttributedClasses.Of(tree, token);
            files.Add(file);
            stems.UnionWith(file.GlobalAliases);
        }

        // A class may have attributes on several of its parts.
        var found = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        foreach (var declaration in files.SelectMany(file => file.WithAny(stems)))
        {
            if (compilation.GetSemanticModel(declaration.SyntaxTree).GetDeclaredSymbol(declaration, token) is INamedTypeSymbol type
                && isWanted(type)
                && found.Add(type))
            {
                yield return type;
            }
        }
    }
}
