using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Layout;

/// <summary>The folders of the generator depend on each other in one direction, and each is a namespace.</summary>
public class DependencyTests
{
    private const string Root = "Precision.Generator";

    /// <summary>From the lowest to the highest. What stands on one line may know each other only where it is one folder with its subfolders.</summary>
    private static readonly string[][] Layers =
    [
        ["Roslyn"],
        ["Operations"],
        ["Forward"],
        ["Lists"],
        ["Interception"],
        ["Modules"],
        ["Flow.Values"],
        ["Flow.Uses"],
        ["Flow.Regions"],
        ["Flow.Bodies"],
        ["Flow.Classes"],
        ["Flow.Transfer"],
        ["Flow"],
        ["Protocol"],
        ["Plan", "Rules"],
        ["Summaries"],
    ];

    private static readonly Lazy<CSharpCompilation> Generator = new(() => Compile(SourceFiles.Of("src/Generator")));

    [Fact]
    public void Folders_depend_on_lower_ones_only() => Assert.Empty(FaultsOf(Generator.Value));

    [Fact]
    public void Every_file_is_in_the_namespace_of_its_folder()
    {
        foreach (var tree in Generator.Value.SyntaxTrees.Where(static tree => !IsForeign(tree.FilePath)))
        {
            var folder = Path.GetDirectoryName(tree.FilePath)!.Replace('\\', '/');
            var expected = $"{Root}.{folder.Replace('/', '.')}";
            Assert.Equal(expected, tree.GetCompilationUnitRoot().Members.OfType<BaseNamespaceDeclarationSyntax>().Single().Name.ToString());
        }
    }

    [Fact]
    public void Every_folder_has_its_place()
        => Assert.All(
            Generator.Value.SyntaxTrees.Where(static tree => !IsForeign(tree.FilePath)),
            static tree => Assert.NotNull(LayerOf(Path.GetDirectoryName(tree.FilePath)!.Replace('\\', '/').Replace('/', '.'))));

    [Theory]
    [InlineData("Flow/A.cs", "namespace Precision.Generator.Flow; class A { Rules.B? b; }")]
    [InlineData("Flow/A.cs", "using Precision.Generator.Rules; namespace Precision.Generator.Flow; class A { object M() => new B(); }")]
    [InlineData("Flow/A.cs", "using Precision.Generator.Rules; namespace Precision.Generator.Flow; class A { string M() => \"\".Extended(); }")]
    [InlineData("Plan/A.cs", "using Precision.Generator.Rules; namespace Precision.Generator.Plan; class A : B;")]
    public void Faults_are_seen(string path, string text)
        => Assert.NotEmpty(FaultsOf(Compile(
        [
            (path, text),
            ("Rules/B.cs", "namespace Precision.Generator.Rules; class B; static class C { public static string Extended(this string text) => text; }"),
        ])));

    private static CSharpCompilation Compile(IEnumerable<(string Path, string Text)> files)
        => CSharpCompilation.Create(
            Root,
            [.. files.Select(static file => CSharpSyntaxTree.ParseText(file.Text, path: file.Path)), CSharpSyntaxTree.ParseText(SourceFiles.ImplicitUsings)],
            [
                .. Net100.References.All,
                MetadataReference.CreateFromFile(typeof(Compilation).Assembly.Location),
                MetadataReference.CreateFromFile(typeof(CSharpCompilation).Assembly.Location),
            ]);

    private static IEnumerable<string> FaultsOf(CSharpCompilation compilation)
    {
        foreach (var tree in compilation.SyntaxTrees.Where(static tree => !IsForeign(tree.FilePath)))
        {
            var own = LayerOf(Path.GetDirectoryName(tree.FilePath)!.Replace('\\', '/').Replace('/', '.'))!;
            var model = compilation.GetSemanticModel(tree);
            foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (model.GetSymbolInfo(name).Symbol is { } symbol and not INamespaceSymbol
                    && NamespaceOf(symbol) is { } used
                    && LayerOf(used) is { } other
                    && other != own
                    && Height(other) >= Height(own))
                {
                    yield return $"{tree.FilePath}({name.GetLocation().GetLineSpan().StartLinePosition.Line + 1}): {own} uses {used}.{name}";
                }
            }
        }
    }

    /// <summary>The namespace of the generator's own types and their members; null for others.</summary>
    private static string? NamespaceOf(ISymbol symbol)
        => symbol.ContainingNamespace?.ToDisplayString() is { } space && space.StartsWith(Root + ".", StringComparison.Ordinal)
            ? space[(Root.Length + 1)..]
            : null;

    /// <summary>The layer of a namespace: that of the longest name in the list that it has or begins with.</summary>
    private static string? LayerOf(string space)
        => Layers
            .SelectMany(static layer => layer)
            .Where(layer => space == layer || space.StartsWith(layer + ".", StringComparison.Ordinal))
            .MaxBy(static layer => layer.Length);

    private static int Height(string name) => Array.FindIndex(Layers, layer => layer.Contains(name));

    /// <summary>What the language or the run-time library lacks in netstandard2.0, the implicit usings, and the runtime's own files.</summary>
    private static bool IsForeign(string path) => path.Length == 0 || path.StartsWith("Polyfills", StringComparison.Ordinal);
}
