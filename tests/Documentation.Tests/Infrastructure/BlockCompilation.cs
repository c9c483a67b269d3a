using System.Collections.Immutable;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Forward;
using Precision.Generator.Interception;

namespace Precision.Documentation.Tests.Infrastructure;

/// <summary>Compiles a code block as a user's project is compiled: generator and all analyzers, what the samples refer to.</summary>
internal static class BlockCompilation
{
    /// <summary>What the SDK writes for <c>ImplicitUsings</c>.</summary>
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions ParseOptions = new CSharpParseOptions(LanguageVersion.CSharp14)
        .WithFeatures([new("InterceptorsNamespaces", InterceptionGenerator.Namespace)]);

    private static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
    [
        .. typeof(MixedPrecisionGenerator).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !type.IsAbstract)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!),
    ];

    public static readonly ImmutableArray<MetadataReference> References =
    [
        .. Net100.References.All,
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Where(path => Path.GetFileNameWithoutExtension(path) is "TorchSharp" or "TorchSharp.PyBridge" or "Precision" or "Precision.Reports" or "Spectre.Console"
                || Path.GetFileName(path).Contains(".Configuration.", StringComparison.Ordinal)
                || Path.GetFileNameWithoutExtension(path).EndsWith("Extensions.Configuration", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <returns>Errors and warnings of the compiler, and everything that the analyzers report.</returns>
    public static async Task<IReadOnlyList<Diagnostic>> Diagnose(CodeBlock block)
    {
        var blocks = new List<CodeBlock> { block };
        while (blocks[^1].Above is { } above)
        {
            blocks.Add(above);
        }

        var trees = blocks.Select(each => each.Source)
            .Append(ImplicitUsings + string.Concat(blocks.SelectMany(each => each.Usings).Distinct().Select(@using => $"\nglobal {@using}")))
            .Select((source, index) => CSharpSyntaxTree.ParseText(source, ParseOptions, index == 0 ? block.Page : $"Source{index}.cs"))
            .ToList();
        var isProgram = trees.Exists(tree => tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any());
        var compilation = CSharpCompilation.Create(
            "Documented",
            trees,
            References,
            new CSharpCompilationOptions(
                isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress)])); // the SDK suppresses it too
        CSharpGeneratorDriver.Create(
                [new MixedPrecisionGenerator().AsSourceGenerator(), new InterceptionGenerator().AsSourceGenerator()], parseOptions: ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out var generated, out var failures);
        var reported = await generated.WithAnalyzers(Analyzers).GetAnalyzerDiagnosticsAsync();
        return
        [
            .. failures,
            .. generated.GetDiagnostics().Where(diagnostic => diagnostic.Severity is DiagnosticSeverity.Error or DiagnosticSeverity.Warning),
            .. reported,
        ];
    }
}
