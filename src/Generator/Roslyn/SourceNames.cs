using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Precision.Generator.Roslyn;

/// <summary>How names and types are written in generated source.</summary>
internal static class SourceNames
{
    /// <summary>Fully qualified from <c>global::</c>, keywords escaped, nullability as declared.</summary>
    private static readonly SymbolDisplayFormat TypeFormat = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(
            SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>
    /// A type as source. <c>nint</c> and <c>dynamic</c> are no keywords, so that types of the user's may have these names: native integers
    /// go by their types' names, and dynamic is object, which also keeps calls with such arguments from being bound at run time.
    /// </summary>
    /// <param name="type">The type.</param>
    /// <param name="keepsDynamic">For results, with which a caller may do what only dynamic allows, and where the compiler compares types exactly.</param>
    public static string ToSource(this ITypeSymbol type, bool keepsDynamic = false)
        => string.Concat(type.ToDisplayParts(TypeFormat).Select(part => (part.Kind, part.ToString()) switch
        {
            (SymbolDisplayPartKind.Keyword, "nint") => "global::System.IntPtr",
            (SymbolDisplayPartKind.Keyword, "nuint") => "global::System.UIntPtr",
            (SymbolDisplayPartKind.Keyword, "dynamic") when !keepsDynamic => "object",
            (_, var text) => text,
        }));

    /// <summary>An identifier, with @ where it is a keyword anywhere in the language.</summary>
    public static string Escape(string identifier)
        => SyntaxFacts.GetKeywordKind(identifier) is SyntaxKind.None && SyntaxFacts.GetContextualKeywordKind(identifier) is SyntaxKind.None
            ? identifier
            : "@" + identifier;

    /// <summary>A namespace's dotted name; null for the global namespace.</summary>
    public static string? ToSource(this INamespaceSymbol @namespace)
        => @namespace.IsGlobalNamespace
            ? null
            : @namespace.ContainingNamespace.ToSource() is { } outer
                ? outer + "." + Escape(@namespace.Name)
                : Escape(@namespace.Name);

    /// <summary>
    /// A generated file's name: readable, and unique ignoring case (two classes may differ in case only) by a hash of the exact
    /// name.
    /// </summary>
    public static string HintName(INamedTypeSymbol type)
    {
        var name = new StringBuilder();
        Append(type);
        var exact = name.ToString();
        return $"{HintNames.Readable(exact)}.{HintNames.Hash(exact)}.g.cs";

        void Append(INamespaceOrTypeSymbol symbol)
        {
            if (symbol.ContainingType is { } outerType)
            {
                Append(outerType);
                name.Append('.');
            }
            else if (symbol.ContainingNamespace is { IsGlobalNamespace: false } outer)
            {
                Append(outer);
                name.Append('.');
            }

            name.Append(symbol.Name);
            if (symbol is INamedTypeSymbol { Arity: > 0 } generic)
            {
                // No other name has this character in it: Net<T> and Net_1 get different hashes.
                name.Append('`').Append(generic.Arity);
            }
        }
    }
}
