using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;
using TorchSharp;

namespace Precision.Generator.Benchmarks;

/// <summary>
/// A project of TorchSharp code as people write it: copies of the ten architectures of the analyzers' tests, or of their program of
/// 40 files, each in a namespace of its own, until they make 22,000 invocations.
/// </summary>
internal sealed class AnalyzedProject
{
    private const int WantedInvocations = 22_000;

    private static readonly Regex InNamespace = new(@"(?m)^(namespace|using(?: static)?) Models\b(.*;)");

    private static readonly IReadOnlyList<(string Path, string Text)> Architectures = Sources("Architectures/Sources");

    internal const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using Precision;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        """;

    /// <param name="kind">
    /// Which modules carry <c>[MixedPrecision]</c>, so that their dtypes are followed; and whether TorchSharp is referenced, without
    /// which the same code does not compile.
    /// </param>
    public AnalyzedProject(ProjectKind kind)
    {
        var isReferenced = kind is not ProjectKind.WithoutTorchSharp;
        var trees = new List<SyntaxTree>();
        for (var copy = 0; Invocations < WantedInvocations; copy++)
        {
            foreach (var source in kind is ProjectKind.Roots ? Program(copy) : [Architecture(copy, kind)])
            {
                var tree = CSharpSyntaxTree.ParseText(source, path: $"Source{trees.Count}.cs");
                trees.Add(tree);
                Invocations += tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>().Count();
            }
        }

        Compilation compilation = CSharpCompilation.Create(
            "Project",
            trees,
            [
                .. Net100.References.All,
                .. isReferenced ? [Reference(typeof(torch)), Reference(typeof(IMixedPrecisionModule))] : Array.Empty<MetadataReference>(),
            ],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(new MixedPrecisionGenerator()).RunGeneratorsAndUpdateCompilation(compilation, out compilation, out _);
        Compilation = compilation;
        if (isReferenced && compilation.GetDiagnostics().FirstOrDefault(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error) is { } error)
        {
            throw new InvalidOperationException($"The project does not compile: {error}");
        }
    }

    /// <summary>After the generator, as a build analyses it.</summary>
    public Compilation Compilation { get; }

    public int Invocations { get; }

    private static PortableExecutableReference Reference(Type type) => MetadataReference.CreateFromFile(type.Assembly.Location);

    private static string Architecture(int number, ProjectKind kind)
    {
        var isAnnotated = kind is ProjectKind.Annotated || (kind is ProjectKind.Mixed && number < Architectures.Count);
        var source = $"{Usings}namespace Models{number};\n{Architectures[number % Architectures.Count].Text}";
        return isAnnotated ? Annotate(source) : source;
    }

    /// <summary>The program of 40 files, in a namespace of its own.</summary>
    private static IEnumerable<string> Program(int number)
        => Sources("Programs/Sources").Select(source => Usings + InNamespace.Replace(source.Text, $"$1 Models{number}$2"));

    private static string Annotate(string source) => source
        .Replace("public sealed class", "[MixedPrecision(Dtype.BFloat16)] public sealed partial class", StringComparison.Ordinal)
        .Replace("[MixedPrecision(Dtype.BFloat16)] public sealed partial class Diffusion\n", "public sealed class Diffusion\n", StringComparison.Ordinal)
        .Replace("public override", "private", StringComparison.Ordinal)
        .Replace(" forward(Tensor", " ForwardCore(Tensor", StringComparison.Ordinal);

    /// <summary>The files of a folder of the analyzers' tests.</summary>
    internal static IReadOnlyList<(string Path, string Text)> Sources(string folder)
        =>
        [
            .. Directory.GetFiles(Path.Combine(Folder(), folder), "*.cs", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(static path => (path, File.ReadAllText(path))),
        ];

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "../../tests/Analyzer.Tests");
}
