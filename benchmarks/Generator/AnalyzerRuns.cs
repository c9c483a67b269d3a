using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward;

namespace Precision.Generator.Benchmarks;

/// <summary>
/// What the analyzers add to a build of 22,000 invocations. Gate: all analyzers together at most 1 µs an invocation, by the
/// compiler's own measure of the time inside analyzers (telemetry), which each benchmark prints; nothing where TorchSharp is not
/// referenced. <see cref="Nothing"/> is an analyzer that asks for the same operations and does nothing: what the compiler needs
/// to hand them out.
/// </summary>
/// <remarks>
/// Every run gets a compilation of its own, as a build does: one that was bound before would answer from its caches. The analyzers
/// are compiled while they run, in the compiler's server as here, and that takes the first dozen compilations: those warm up.
/// </remarks>
[MemoryDiagnoser]
[SimpleJob(warmupCount: WarmUps, iterationCount: Iterations, invocationCount: 1)]
public class AnalyzerRuns
{
    private const int WarmUps = 12;
    private const int Iterations = 15;

    internal static readonly ImmutableArray<DiagnosticAnalyzer> All =
    [
        .. typeof(MixedPrecisionGenerator).Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !type.IsAbstract)
            .Select(static type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!),
    ];

    private readonly List<double> microseconds = [];
    private AnalyzedProject project = null!;
    private Compilation compilation = null!;

    /// <summary>The project that is analysed.</summary>
    [Params(ProjectKind.Plain, ProjectKind.Mixed, ProjectKind.Annotated, ProjectKind.Roots, ProjectKind.WithoutTorchSharp)]
    public ProjectKind Kind { get; set; }

    /// <summary>Makes the project.</summary>
    [GlobalSetup]
    public void Prepare() => project = new AnalyzedProject(Kind);

    /// <summary>A compilation that nothing has bound.</summary>
    [IterationSetup]
    public void NewCompilation() => compilation = project.Compilation.Clone();

    /// <summary>Prints the time inside analyzers.</summary>
    [GlobalCleanup]
    public void Report()
    {
        var warm = microseconds.TakeLast(Iterations).Order().ToArray();
        Console.WriteLine($"// {Kind}: {warm[warm.Length / 2]:F3} µs an invocation inside analyzers (median of {warm.Length} compilations, "
            + $"{warm[0]:F3} to {warm[^1]:F3}; the first one of the process {microseconds[0]:F3})");
    }

    /// <summary>An analyzer that does nothing.</summary>
    [Benchmark(Baseline = true)]
    public Task Nothing() => Run([new EmptyAnalyzer()]);

    /// <summary>All of this library.</summary>
    [Benchmark]
    public Task Analyzers() => Run(All);

    private async Task Run(ImmutableArray<DiagnosticAnalyzer> analyzers)
    {
        var run = compilation.WithAnalyzers(analyzers, new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]),
            onAnalyzerException: static (exception, _, _) => throw exception,
            concurrentAnalysis: false,
            logAnalyzerExecutionTime: true));
        var result = await run.GetAnalysisResultAsync(CancellationToken.None);
        microseconds.Add(result.AnalyzerTelemetryInfo.Values.Sum(static info => info.ExecutionTime.TotalMicroseconds) / project.Invocations);
    }
}

/// <summary>Kinds of projects that are analysed.</summary>
public enum ProjectKind
{
    /// <summary>Models in float32.</summary>
    Plain,

    /// <summary>The same with <c>[MixedPrecision]</c> on every module of one copy of each architecture.</summary>
    Mixed,

    /// <summary>The same with <c>[MixedPrecision]</c> on every module.</summary>
    Annotated,

    /// <summary>Copies of a program of 40 files, of which only the outermost models carry <c>[MixedPrecision]</c>.</summary>
    Roots,

    /// <summary>The architectures without a reference to TorchSharp.</summary>
    WithoutTorchSharp,
}
