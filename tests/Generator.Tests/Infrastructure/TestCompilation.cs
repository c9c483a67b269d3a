using System.Collections.Immutable;
using System.Reflection;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using TorchSharp;

namespace Precision.Generator.Tests.Infrastructure;

/// <summary>Compilations of test sources against .NET 10, TorchSharp and this library.</summary>
internal static class TestCompilation
{
    public static readonly ImmutableArray<MetadataReference> References =
    [
        .. Net100.References.All,
        MetadataReference.CreateFromFile(typeof(torch).Assembly.Location),
        MetadataReference.CreateFromFile(typeof(IMixedPrecisionModule).Assembly.Location),
    ];

    /// <summary>What most test sources start with.</summary>
    public const string Usings = """
        #pragma warning disable CS1591, CS0618, CS0169 // of the tested user's own code
        using System;
        using System.Collections.Generic;
        using Precision;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        """;

    public static CSharpCompilation Create(
        IEnumerable<string> sources,
        NullableContextOptions nullable = NullableContextOptions.Enable,
        LanguageVersion languageVersion = LanguageVersion.CSharp12,
        bool checkOverflow = false,
        string assemblyName = "Tested",
        IEnumerable<MetadataReference>? references = null,
        string? interceptors = null)
    {
        var parseOptions = new CSharpParseOptions(languageVersion, DocumentationMode.Diagnose);
        if (interceptors is not null)
        {
            parseOptions = parseOptions.WithFeatures([new("InterceptorsNamespaces", interceptors)]);
        }

        return CSharpCompilation.Create(
            assemblyName,
            sources.Select((source, index) => CSharpSyntaxTree.ParseText(source, parseOptions, $"Source{index}.cs")),
            [.. References, .. references ?? []],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
                .WithNullableContextOptions(nullable)
                .WithGeneralDiagnosticOption(ReportDiagnostic.Error)
                .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]) // as the SDK does
                .WithOverflowChecks(checkOverflow));
    }

    /// <summary>A compilation after an edit of one file, which must change something.</summary>
    public static CSharpCompilation Edit(this CSharpCompilation compilation, int file, Func<string, string> edit)
    {
        var tree = compilation.SyntaxTrees[file];
        var edited = edit(tree.ToString());
        Assert.NotEqual(tree.ToString(), edited);
        return compilation.ReplaceSyntaxTree(tree, tree.WithChangedText(SourceText.From(edited)));
    }

    /// <summary>The same sources in trees that nothing has seen.</summary>
    public static Compilation Anew(Compilation compilation)
        => compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(
            compilation.SyntaxTrees.Select(static tree => CSharpSyntaxTree.ParseText(tree.GetText(), (CSharpParseOptions)tree.Options, tree.FilePath)));

    /// <summary>Loads a compilation; fails with the diagnostics where it does not compile.</summary>
    public static Assembly Load(Compilation compilation)
    {
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity > DiagnosticSeverity.Hidden)));
        return Assembly.Load(image.ToArray());
    }
}
