using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Analyzer.Tests.Architectures;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.Generator.Forward;

namespace Precision.Analyzer.Tests.Robustness;

/// <summary>A compiler runs analyzers on all cores: what they keep for a compilation is shared by its threads.</summary>
public class ConcurrencyTests
{
    private const int Runs = 2;

    [Fact]
    public async Task Threads_report_what_one_thread_reports()
    {
        Compilation original = CSharpCompilation.Create(
            "Tested",
            Architecture.Names.SelectMany((name, index) => new[] { "Dtype.BFloat16", "Dtype.Float16, Autocast = false" }
                .Select((arguments, variant) => CSharpSyntaxTree.ParseText(
                    Architecture.Annotated(name, arguments).Replace(TestReferences.Usings, $"{TestReferences.Usings}namespace N{index}{variant};", StringComparison.Ordinal),
                    path: $"{name}{variant}.cs"))),
            TestReferences.All,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        CSharpGeneratorDriver.Create(new MixedPrecisionGenerator()).RunGeneratorsAndUpdateCompilation(original, out var compilation, out _);
        Assert.DoesNotContain(compilation.GetDiagnostics(), static diagnostic => diagnostic.Severity is DiagnosticSeverity.Error);

        var expected = await Analyze(compilation, isConcurrent: false);
        Assert.NotEmpty(expected);
        for (var run = 0; run < Runs; run++)
        {
            Assert.Equal(expected, await Analyze(compilation.Clone(), isConcurrent: true));
        }
    }

    private static async Task<string[]> Analyze(Compilation compilation, bool isConcurrent)
    {
        var failures = new List<Exception>();
        var diagnostics = await compilation
            .WithAnalyzers(RuleCompilation.Analyzers, new CompilationWithAnalyzersOptions(
                new AnalyzerOptions([]),
                (exception, _, _) => failures.Add(exception),
                isConcurrent,
                logAnalyzerExecutionTime: false))
            .GetAnalyzerDiagnosticsAsync();
        return failures.Count == 0
            ? [.. diagnostics.Select(static diagnostic => diagnostic.ToString()).Order(StringComparer.Ordinal)]
            : throw new AggregateException(failures);
    }
}
