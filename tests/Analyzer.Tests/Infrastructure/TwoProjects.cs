using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Forward;
using Precision.Generator.Summaries;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>A library and a project that refers to it, each with the generators.</summary>
internal static class TwoProjects
{
    public static readonly IIncrementalGenerator[] Generators = [new MixedPrecisionGenerator(), new ModuleSummaryGenerator()];

    private static readonly CSharpCompilationOptions Options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)
        .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]); // as the SDK does

    /// <summary>A library after its generators; without them as one that does not use the package.</summary>
    public static Compilation Library(string source, bool generate = true, string name = "Library", params MetadataReference[] references)
    {
        Compilation library = Compilation(name, source, references);
        if (generate)
        {
            library = Generate(library);
        }

        return library;
    }

    /// <summary>A compiled library, as a build refers to it.</summary>
    public static MetadataReference Built(this Compilation library)
    {
        using var image = new MemoryStream();
        var result = library.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    /// <summary>What the analyzers report of a project that refers to libraries, with the line of each diagnostic.</summary>
    public static Task<ImmutableArray<Diagnostic>> Diagnostics(string source, params MetadataReference[] references)
        => Diagnostics(source, ImmutableDictionary<string, string>.Empty, references);

    /// <inheritdoc cref="Diagnostics(string, MetadataReference[])"/>
    public static async Task<ImmutableArray<Diagnostic>> Diagnostics(string source, ImmutableDictionary<string, string> properties, params MetadataReference[] references)
    {
        var failures = new List<Exception>();
        var generated = Generate(Compilation("App", source, references));
        Assert.DoesNotContain(generated.GetDiagnostics(), static diagnostic => diagnostic.Severity is DiagnosticSeverity.Error);
        var diagnostics = await generated
            .WithAnalyzers(RuleCompilation.Analyzers, new CompilationWithAnalyzersOptions(
                new AnalyzerOptions([], new BuildProperties(properties)),
                (exception, _, _) => failures.Add(exception),
                concurrentAnalysis: false,
                logAnalyzerExecutionTime: false))
            .GetAnalyzerDiagnosticsAsync();
        return failures.Count == 0 ? diagnostics : throw new AggregateException(failures);
    }

    private static CSharpCompilation Compilation(string name, string source, MetadataReference[] references)
        => CSharpCompilation.Create(
            name,
            [CSharpSyntaxTree.ParseText(TestReferences.Usings + source, RuleCompilation.ParseOptions, $"{name}.cs")],
            [.. TestReferences.All, .. references],
            Options);

    private static Compilation Generate(Compilation compilation)
    {
        CSharpGeneratorDriver.Create(Generators.Select(GeneratorExtensions.AsSourceGenerator), parseOptions: RuleCompilation.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out var generated, out var diagnostics);
        Assert.Empty(diagnostics); // CS8785 would be among them
        return generated;
    }
}
