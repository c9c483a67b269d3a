using System.Globalization;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using TorchSharp;

namespace Precision.Generator.Benchmarks;

/// <summary>A user's project: annotated models, each in a file of its own, among other files.</summary>
internal sealed class Project
{
    private const int OtherFiles = 1000;

    private static readonly CSharpParseOptions Options
        = new CSharpParseOptions().WithFeatures([new("InterceptorsNamespaces", "Precision.Interceptors")]);

    private readonly SyntaxTree other;
    private readonly SyntaxTree annotated;
    private int edits;

    public Project(int annotatedClasses)
    {
        Compilation = CSharpCompilation.Create(
            "Project",
            [
                .. Enumerable.Range(0, OtherFiles).Select(index => Parse(Other(index), $"Other{index}.cs")),
                .. Enumerable.Range(0, annotatedClasses).Select(index => Parse(Annotated(index), $"Annotated{index}.cs")),
            ],
            [
                .. Net100.References.All,
                MetadataReference.CreateFromFile(typeof(torch).Assembly.Location),
                MetadataReference.CreateFromFile(typeof(IMixedPrecisionModule).Assembly.Location),
            ],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        other = Compilation.SyntaxTrees[0];
        annotated = Compilation.SyntaxTrees[OtherFiles];
    }

    public CSharpCompilation Compilation { get; }

    /// <summary>
    /// The generators' driver before its first run. While typing, an IDE leaves out what only a build needs.
    /// </summary>
    public static GeneratorDriver Driver(bool building)
        => CSharpGeneratorDriver.Create(
            [new MixedPrecisionGenerator().AsSourceGenerator(), new InterceptionGenerator().AsSourceGenerator()],
            parseOptions: Options,
            driverOptions: new GeneratorDriverOptions(building ? IncrementalGeneratorOutputKind.None : IncrementalGeneratorOutputKind.Implementation));

    /// <summary>The same project with every file parsed again.</summary>
    public CSharpCompilation Anew()
        => Compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(Compilation.SyntaxTrees.Select(static tree => Parse(tree.ToString(), tree.FilePath)));

    /// <summary>The project after a keystroke in a file without annotations.</summary>
    public CSharpCompilation EditElsewhere() => Edit(other, "return x + 0;");

    /// <summary>The project after a keystroke in the body of an annotated class.</summary>
    public CSharpCompilation EditInClass() => Edit(annotated, "var shift = 0;");

    /// <summary>The project after a keystroke in the name of a method of a file without annotations.</summary>
    public CSharpCompilation EditDeclaration() => Edit(other, "Add(");

    private CSharpCompilation Edit(SyntaxTree tree, string text)
    {
        var number = Interlocked.Increment(ref edits).ToString(CultureInfo.InvariantCulture);
        var source = tree.GetText();
        var at = source.ToString().IndexOf(text, StringComparison.Ordinal) + text.Length - 2;
        var edited = tree.WithChangedText(source.Replace(at, 1, number));
        return Compilation.ReplaceSyntaxTree(tree, edited);
    }

    private static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, Options, path);

    private static string Other(int index) => $$"""
        namespace Others;

        public static class Other{{index}}
        {
            public static int Add(int x)
            {
                return x + 0;
            }
        }
        """;

    private static string Annotated(int index) => $$"""
        using Precision;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Models;

        [MixedPrecision(Dtype.BFloat16)]
        public sealed partial class Model{{index}} : Module<Tensor, Tensor>
        {
            private readonly Linear query = Linear(64, 64);
            private readonly Linear key = Linear(64, 64);
            private readonly LayerNorm norm = LayerNorm(64);

            public Model{{index}}()
                : base(nameof(Model{{index}})) => RegisterComponents();

            private Tensor ForwardCore(Tensor x)
            {
                var shift = 0;
                x = norm.call(x);
                var scores = query.call(x).matmul(key.call(x).transpose(-2, -1));
                return functional.softmax(scores, -1).matmul(x) + shift;
            }
        }
        """;
}
