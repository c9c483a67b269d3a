using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Precision.Analyzer.Tests.Documentation;
using Precision.Analyzer.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Architectures;

/// <summary>A model and its training as people write them with TorchSharp: a file of <c>Sources</c>, in float32.</summary>
internal static class Architecture
{
    private static readonly string Folder = Repository.PathOf("tests/Analyzer.Tests/Architectures/Sources");

    public static IEnumerable<string> Names
        => Directory.EnumerateFiles(Folder, "*.cs").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    /// <summary>The file as it is.</summary>
    public static string Plain(string name) => TestReferences.Usings + File.ReadAllText(Path.Combine(Folder, name + ".cs"));

    /// <summary>The same with an attribute on every module, and not yet partial.</summary>
    /// <param name="name">The file.</param>
    /// <param name="arguments">The attribute's.</param>
    public static string Attributed(string name, string arguments) => Changed(name, node => node switch
    {
        ClassDeclarationSyntax declaration when IsModule(declaration) => [Attribute(declaration, arguments)],
        _ => [],
    });

    /// <summary>
    /// The same with an attribute on every module, as a user would add it: <c>partial</c>, and <c>forward</c> becomes
    /// <c>ForwardCore</c>. Each module is then judged as what runs inside a region. No line moves.
    /// </summary>
    /// <param name="name">The file.</param>
    /// <param name="arguments">The attribute's.</param>
    public static string Annotated(string name, string arguments) => Changed(name, node => node switch
    {
        ClassDeclarationSyntax declaration when IsModule(declaration)
            => [Attribute(declaration, arguments), new(new(declaration.Keyword.SpanStart, 0), "partial ")],
        MethodDeclarationSyntax { Identifier.ValueText: "forward" } method when method.Modifiers.Any(SyntaxKind.OverrideKeyword)
            => [new(method.Modifiers.Span, "private"), new(method.Identifier.Span, "ForwardCore")],
        _ => [],
    });

    private static string Changed(string name, Func<SyntaxNode, TextChange[]> change)
    {
        var text = SourceText.From(Plain(name));
        return text.WithChanges(CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes().SelectMany(change)).ToString();
    }

    private static TextChange Attribute(ClassDeclarationSyntax declaration, string arguments)
        => new(new(declaration.SpanStart, 0), $"[MixedPrecision({arguments})] ");

    private static bool IsModule(ClassDeclarationSyntax declaration)
        => declaration.BaseList?.Types.Any(static type => type.Type is GenericNameSyntax { Identifier.ValueText: "Module" }) == true;
}
