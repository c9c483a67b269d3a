using System.Runtime.CompilerServices;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;
using TorchSharp;

namespace Precision.Generator.Benchmarks;

/// <summary>
/// A project of TorchSharp code as people write it: copies of the ten architectures of the analyzers' tests, each in a
/// namespace of its own, until they make 22,000 invocations.
/// </summary>
internal sealed class AnalyzedProject
{
    private const int WantedInvocations = 22_000;

    private const string Usings = """
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
        var architectures = Directory.GetFiles(Folder(), "*.cs").Order(StringComparer.Ordinal).Select(File.ReadAllText).ToArray();
        var trees = new List<SyntaxTree>();
        while (Invocations < WantedInvocations)
        {
            var number = trees.Count;
            var isAnnotated = kind is ProjectKind.Annotated || (kind is ProjectKind.Mixed && number < architectures.Length);
            var source = $"{Usings}namespace Models{number};\n{architectures[number % architectures.Length]}";
            var tree = CSharpSyntaxTree.ParseText(isAnnotated ? Annotate(source) : source, path: $"Models{number}.cs");
            trees.Add(tree);
            Invocations += tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>().Count();
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

    private static string Annotate(string source) => source
        .Replace("public sealed class", "[MixedPrecision(Dtype.BFloat16)] public sealed partial class", StringComparison.Ordinal)
        .Replace("[MixedPrecision(Dtype.BFloat16)] public sealed partial class Diffusion\n", "public sealed class Diffusion\n", StringComparison.Ordinal)
        .Replace("public override", "private", StringComparison.Ordinal)
        .Replace(" forward(Tensor", " ForwardCore(Tensor", StringComparison.Ordinal);

    private static string Folder([CallerFilePath] string path = "")
        => Path.Combine(Path.GetDirectoryName(path)!, "../../tests/Analyzer.Tests/Architectures/Sources");
}
