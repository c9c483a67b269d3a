using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>A compilation after the generator, with the diagnostics of every analyzer, as a build has them.</summary>
internal sealed class RuleCompilation
{
    public static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
    [
        .. typeof(MixedPrecisionGenerator).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !type.IsAbstract)
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!),
    ];

    /// <summary>As in a project that uses the package: interceptors are allowed.</summary>
    public static readonly CSharpParseOptions ParseOptions = new CSharpParseOptions(LanguageVersion.CSharp14)
        .WithFeatures([new("InterceptorsNamespaces", "Precision.Interceptors")]);

    private RuleCompilation(Compilation original, Compilation generated, ImmutableArray<Diagnostic> diagnostics)
    {
        Original = original;
        Generated = generated;
        Diagnostics = diagnostics;
    }

    /// <summary>What the user wrote.</summary>
    public Compilation Original { get; }

    /// <summary>With what was generated.</summary>
    public Compilation Generated { get; }

    /// <summary>What the analyzers report.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; }

    public IEnumerable<Diagnostic> Errors => Diagnostics.Where(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error);

    /// <summary>The first file's text.</summary>
    public string Source => Original.SyntaxTrees.First().ToString();

    /// <summary>The ids of the compiler's warnings.</summary>
    public IEnumerable<string> CompilerWarnings => Generated.GetDiagnostics()
        .Where(diagnostic => diagnostic.Severity is DiagnosticSeverity.Warning)
        .Select(diagnostic => diagnostic.Id)
        .Order(StringComparer.Ordinal);

    public IEnumerable<Diagnostic> CompilerErrors => Generated.GetDiagnostics().Where(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error);

    /// <param name="sources">One file each.</param>
    public static Task<RuleCompilation> Create(params string[] sources) => Create(sources, OutputKind.DynamicallyLinkedLibrary, ImmutableDictionary<string, string>.Empty);

    /// <param name="sources">One file each.</param>
    /// <param name="outputKind">Library or application.</param>
    /// <param name="properties">What the build would hand to the compiler.</param>
    public static async Task<RuleCompilation> Create(
        IEnumerable<string> sources,
        OutputKind outputKind,
        ImmutableDictionary<string, string> properties)
    {
        var original = Compile(sources, outputKind);
        var generated = Generate(original, new MixedPrecisionGenerator());

        var failures = new List<Exception>();
        var diagnostics = await generated
            .WithAnalyzers(Analyzers, new CompilationWithAnalyzersOptions(
                new AnalyzerOptions([], new BuildProperties(properties)),
                (exception, _, _) => failures.Add(exception),
                concurrentAnalysis: false,
                logAnalyzerExecutionTime: false))
            .GetAnalyzerDiagnosticsAsync();
        return failures.Count == 0 ? new(original, generated, diagnostics) : throw new AggregateException(failures);
    }

    /// <summary>What the user wrote, as the SDK compiles it.</summary>
    public static CSharpCompilation Compile(IEnumerable<string> sources, OutputKind outputKind = OutputKind.DynamicallyLinkedLibrary)
        => CSharpCompilation.Create(
            "Tested",
            sources.Select((source, index) => CSharpSyntaxTree.ParseText(source, ParseOptions, $"Source{index}.cs")),
            TestReferences.All,
            new CSharpCompilationOptions(outputKind, nullableContextOptions: NullableContextOptions.Enable)
                .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)])); // as the SDK does

    /// <summary>Loads what a build makes of it, interceptors included.</summary>
    public Assembly Load() => TestCompilation.Load(Generate(Original, new MixedPrecisionGenerator(), new InterceptionGenerator()));

    private static Compilation Generate(Compilation original, params IIncrementalGenerator[] generators)
    {
        CSharpGeneratorDriver.Create(generators.Select(GeneratorExtensions.AsSourceGenerator), parseOptions: ParseOptions)
            .RunGeneratorsAndUpdateCompilation(original, out var generated, out var diagnostics);
        Assert.Empty(diagnostics); // CS8785 would be among them
        return generated;
    }
}
