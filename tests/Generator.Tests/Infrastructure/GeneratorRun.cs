using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Forward;

namespace Precision.Generator.Tests.Infrastructure;

/// <summary>One run of the generator over a compilation.</summary>
internal sealed class GeneratorRun
{
    private GeneratorRun(GeneratorDriver driver, Compilation output)
    {
        Driver = driver;
        Output = output;
        Results = driver.GetRunResult().Results;
    }

    public GeneratorDriver Driver { get; }

    /// <summary>The compilation with the generated files in it.</summary>
    public Compilation Output { get; }

    /// <summary>The result of each generator.</summary>
    public ImmutableArray<GeneratorRunResult> Results { get; }

    /// <summary>The result of the first generator.</summary>
    public GeneratorRunResult Result => Results[0];

    /// <summary>The first generator's files.</summary>
    public ImmutableArray<GeneratedSourceResult> Files => Result.GeneratedSources;

    public static GeneratorRun Of(Compilation compilation) => Of(compilation, [new MixedPrecisionGenerator()]);

    /// <summary>Runs several generators, as the compiler does.</summary>
    /// <param name="compilation">The user's code.</param>
    /// <param name="generators">The generators; the properties above show the first one's result.</param>
    /// <param name="disabled">What is not run: an editor leaves implementation outputs out.</param>
    /// <param name="properties">The project's MSBuild properties, or other options.</param>
    public static GeneratorRun Of(
        Compilation compilation,
        IIncrementalGenerator[] generators,
        IncrementalGeneratorOutputKind disabled = IncrementalGeneratorOutputKind.None,
        AnalyzerConfigOptionsProvider? properties = null)
    {
        var parseOptions = (CSharpParseOptions)compilation.SyntaxTrees.First().Options;
        return Next(
            CSharpGeneratorDriver.Create(
                generators.Select(GeneratorExtensions.AsSourceGenerator),
                parseOptions: parseOptions,
                optionsProvider: properties,
                driverOptions: new GeneratorDriverOptions(disabled, trackIncrementalGeneratorSteps: true)),
            compilation);
    }

    public static GeneratorRun Of(params string[] sources) => Of(TestCompilation.Create(sources));

    /// <summary>Runs again with what is cached.</summary>
    public GeneratorRun Next(Compilation edited) => Next(Driver, edited);

    /// <summary>Runs again with other options.</summary>
    public GeneratorRun Next(Compilation same, AnalyzerConfigOptionsProvider options) => Next(Driver.WithUpdatedAnalyzerConfigOptions(options), same);

    /// <summary>
    /// Every generated file as one text, in the form of Verify.SourceGenerators: the first line of each names it, and files
    /// stand in the order of their names.
    /// </summary>
    public string Text()
    {
        var text = new StringBuilder();
        foreach (var file in Files.OrderBy(file => file.HintName, StringComparer.Ordinal))
        {
            text.Append("//HintName: ").Append(file.HintName).Append('\n').Append(WithoutVersion(file.SourceText.ToString())).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A new version of the library changes no reviewed text.</summary>
    private static string WithoutVersion(string text)
        => text.Replace(GeneratedMarks.GeneratedCode, "[global::System.CodeDom.Compiler.GeneratedCode(\"Precision.Generator\", \"…\")]", StringComparison.Ordinal);

    /// <summary>Compiles the output with every warning an error and loads it.</summary>
    public Assembly Load() => TestCompilation.Load(Output);

    private static GeneratorRun Next(GeneratorDriver driver, Compilation compilation)
    {
        driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out var output, out var diagnostics);
        Assert.Empty(diagnostics);
        var run = new GeneratorRun(driver, output);
        Assert.All(run.Results, result => Assert.Null(result.Exception));
        return run;
    }
}
