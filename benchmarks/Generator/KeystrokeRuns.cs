using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Basic.Reference.Assemblies;
using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Forward;
using TorchSharp;

namespace Precision.Generator.Benchmarks;

/// <summary>
/// What an editor does after a keystroke in a body of the program of 40 files, of which only the outermost models are annotated: it runs
/// the generator, and asks for the diagnostics of the open file. Gate: 150 ms.
/// </summary>
/// <remarks>Every invocation gets a solution of its own, as every keystroke does.</remarks>
[MemoryDiagnoser]
[SimpleJob(warmupCount: 30, iterationCount: 30, invocationCount: 1)]
public class KeystrokeRuns
{
    private AdhocWorkspace workspace = null!;
    private Document document = null!;
    private Document edited = null!;
    private int edits;

    /// <summary>The open file: a model that is annotated, a module that one holds, and one that several hold.</summary>
    [Params("VisionTransformer.cs", "GroupedQueryAttention.cs", "FeedForward.cs")]
    public string File { get; set; } = "";

    /// <summary>Loads the program and asks once.</summary>
    [GlobalSetup]
    public async Task Prepare()
    {
        workspace = new AdhocWorkspace();
        var project = ProjectId.CreateNewId();
        var solution = workspace.CurrentSolution.AddProject(ProjectInfo.Create(
            project,
            VersionStamp.Default,
            "Program",
            "Program",
            LanguageNames.CSharp,
            compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable),
            parseOptions: new CSharpParseOptions(LanguageVersion.CSharp14),
            metadataReferences:
            [
                .. Net100.References.All,
                MetadataReference.CreateFromFile(typeof(torch).Assembly.Location),
                MetadataReference.CreateFromFile(typeof(IMixedPrecisionModule).Assembly.Location),
            ],
            analyzerReferences: [new Extensions()]));
        foreach (var (path, text) in AnalyzedProject.Sources("Programs/Sources"))
        {
            solution = solution.AddDocument(DocumentId.CreateNewId(project), Path.GetFileName(path), SourceText.From(AnalyzedProject.Usings + text), filePath: path);
        }

        document = solution.GetProject(project)!.Documents.Single(document => document.Name == File);
        var compilation = (await document.Project.GetCompilationAsync())!;
        if (compilation.GetDiagnostics().FirstOrDefault(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error) is { } error)
        {
            throw new InvalidOperationException($"The program does not compile: {error}");
        }

        Console.WriteLine($"// {File}: {(await Of(document)).Count(static diagnostic => diagnostic.Id.StartsWith("PRC", StringComparison.Ordinal))} reports");
    }

    /// <summary>A solution with another text of the open file.</summary>
    [IterationSetup]
    public void Type()
    {
        var text = document.GetTextAsync().Result;
        edited = document.WithText(text.Replace(Body(text.ToString()), 0, $" // {edits++}\n"));
    }

    /// <summary>Where the forward's body begins.</summary>
    private static int Body(string text)
    {
        var match = Regex.Match(text, @" (forward|ForwardCore)\(.*\)\s*(\{|=>)");
        return match.Index + match.Length;
    }

    /// <summary>The diagnostics of the open file.</summary>
    [Benchmark]
    public Task<ImmutableArray<Diagnostic>> Diagnostics() => Of(edited);

    private static async Task<ImmutableArray<Diagnostic>> Of(Document document)
    {
        var compilation = (await document.Project.GetCompilationAsync())!;
        var model = compilation.GetSemanticModel((await document.GetSyntaxTreeAsync())!);
        var analyzers = compilation.WithAnalyzers(AnalyzerRuns.All, new CompilationWithAnalyzersOptions(
            document.Project.AnalyzerOptions,
            onAnalyzerException: static (exception, _, _) => throw exception,
            concurrentAnalysis: true,
            logAnalyzerExecutionTime: false));
        return
        [
            .. model.GetDiagnostics(),
            .. await analyzers.GetAnalyzerSyntaxDiagnosticsAsync(model.SyntaxTree, CancellationToken.None),
            .. await analyzers.GetAnalyzerSemanticDiagnosticsAsync(model, filterSpan: null, CancellationToken.None),
        ];
    }

    /// <summary>The generator, as a reference of the project.</summary>
    private sealed class Extensions : AnalyzerReference
    {
        private static readonly ImmutableArray<ISourceGenerator> Generators = [new MixedPrecisionGenerator().AsSourceGenerator()];

        public override string FullPath => typeof(MixedPrecisionGenerator).Assembly.Location;

        public override object Id => this;

        public override ImmutableArray<DiagnosticAnalyzer> GetAnalyzers(string language) => AnalyzerRuns.All;

        public override ImmutableArray<DiagnosticAnalyzer> GetAnalyzersForAllLanguages() => AnalyzerRuns.All;

        public override ImmutableArray<ISourceGenerator> GetGenerators(string language) => Generators;

        public override ImmutableArray<ISourceGenerator> GetGeneratorsForAllLanguages() => Generators;
    }
}
