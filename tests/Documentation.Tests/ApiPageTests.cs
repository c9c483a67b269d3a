using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Documentation.Tests.Infrastructure;

namespace Precision.Documentation.Tests;

/// <summary>docs/api.md: every public type and member, with the first sentence of its documentation.</summary>
public partial class ApiPageTests
{
    private const string Page = "docs/api.md";

    private static readonly SymbolDisplayFormat Signature = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameOnly,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters,
        parameterOptions: SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeOptionalBrackets,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes);

    [Fact]
    public void It_lists_every_public_name()
    {
        var text = new StringBuilder("""
            # Public names

            Made from the libraries' XML documentation, which the editor shows in full. `Precision.CompilerServices` is for generated code only.

            """.ReplaceLineEndings("\n"));
        foreach (var group in Libraries().SelectMany(library => Types(library.GlobalNamespace))
            .Where(type => type.ContainingNamespace.ToDisplayString() is not "Precision.CompilerServices")
            .GroupBy(type => type.ContainingNamespace.ToDisplayString())
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append($"\n## {group.Key}\n");
            foreach (var type in group.OrderBy(type => NameOf(type), StringComparer.Ordinal))
            {
                text.Append($"\n### {NameOf(type)}\n\n{Summary(type)}\n");
                var members = type.GetMembers().Where(IsShown).ToList();
                if (members.Count > 0)
                {
                    text.Append("\n| | |\n|---|---|\n");
                    foreach (var member in members)
                    {
                        text.Append($"| `{member.ToDisplayString(Signature)}` | {Summary(member)} |\n");
                    }
                }
            }
        }

        Repository.AssertUpToDate(Page, text.ToString());
    }

    /// <summary>The libraries with their documentation files, as a compiler reads them.</summary>
    private static IEnumerable<IAssemblySymbol> Libraries()
    {
        var own = new[] { "Precision", "Precision.Reports" }
            .Select(name => Path.Combine(AppContext.BaseDirectory, $"{name}.dll"))
            .Select(path => MetadataReference.CreateFromFile(
                path, documentation: XmlDocumentationProvider.CreateFromFile(Path.ChangeExtension(path, "xml"))))
            .ToList();
        var others = BlockCompilation.References.Where(reference => own.TrueForAll(library => library.FilePath != reference.Display));
        var compilation = CSharpCompilation.Create("Reader", references: others.Concat(own));
        return own.Select(reference => (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(reference)!);
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceSymbol @namespace) => @namespace.GetNamespaceMembers().SelectMany(Types)
        .Concat(@namespace.GetTypeMembers().SelectMany(type => type.GetTypeMembers().Prepend(type)))
        .Where(type => type is { DeclaredAccessibility: Accessibility.Public, ContainingType: null or { DeclaredAccessibility: Accessibility.Public } });

    /// <summary>Declared here, for users, and with words of its own: not what records and properties bring.</summary>
    private static bool IsShown(ISymbol member) => member is { DeclaredAccessibility: Accessibility.Public, IsImplicitlyDeclared: false }
        and not IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.EventAdd or MethodKind.EventRemove }
        and not INamedTypeSymbol
        && !member.IsOverride
        && Summary(member).Length > 0;

    private static string NameOf(INamedTypeSymbol type) => type.ContainingType is { } outer ? $"{NameOf(outer)}.{type.ToDisplayString(Signature)}" : type.ToDisplayString(Signature);

    private static string Summary(ISymbol symbol) => symbol.GetDocumentationCommentXml() is { Length: > 0 } xml
        ? FirstSentence(Words(XElement.Parse(xml).Element("summary")))
        : "";

    private static string Words(XElement? element) => element is null ? "" : Blanks().Replace(string.Concat(element.Nodes().Select(node => node switch
    {
        XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref" } reference => $"`{Last(reference)}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement other => Words(other),
        _ => node.ToString().Replace("|", "\\|", StringComparison.Ordinal),
    })), " ").Trim();

    private static string Last(XElement reference)
    {
        var name = (string?)reference.Attribute("cref") ?? (string?)reference.Attribute("name") ?? (string?)reference.Attribute("langword") ?? reference.Value;
        return name.Split('(')[0].Split('.')[^1].Split('`')[0];
    }

    private static string FirstSentence(string text) => SentenceEnd().Match(text) is { Success: true } end ? text[..(end.Index + 1)] : text;

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\.(?=\s+[A-Z])")]
    private static partial Regex SentenceEnd();
}
