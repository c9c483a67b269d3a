using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Precision.Generator.Forward;
using Precision.Generator.Interception;
using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Interception;

/// <summary>Runs the interception generator as a build does.</summary>
internal static class Interceptions
{
    public static CSharpCompilation Compile(params string[] sources) => TestCompilation.Create(sources, interceptors: ";Precision.Interceptors");

    public static GeneratorRun Run(Compilation compilation)
        => GeneratorRun.Of(compilation, [new InterceptionGenerator(), new MixedPrecisionGenerator()]);

    public static GeneratorRun Run(params string[] sources) => Run(Compile(sources));

    /// <summary>The same with options of an <c>.editorconfig</c> file.</summary>
    public static GeneratorRun Run(ConfigOptions options, params string[] sources)
        => GeneratorRun.Of(Compile(sources), [new InterceptionGenerator(), new MixedPrecisionGenerator()], properties: options);
}
