using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.MSBuild;
using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests.Editor;

/// <summary>
/// A model that holds modules of another project. A build refers to the compiled library, and an editor to the project, whose source it
/// has: both report the same.
/// </summary>
[Collection(PackageTests.Name)]
public sealed partial class TwoProjectTests(PackedPackage package)
{
    private const string Usings = """
        using Precision;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        """;

    private const string Library = Usings + """
        namespace Blocks;

        public class Scores : Module<Tensor, Tensor>
        {
            private readonly Linear layer = Linear(4, 4);
            public Scores() : base(nameof(Scores)) => RegisterComponents();
            public override Tensor forward(Tensor x) => Normalize(layer.call(x) + 1e-9);
            private static Tensor Normalize(Tensor x) => x.softmax(-1);
        }

        public class Encoder : Module<Tensor, Tensor>
        {
            private readonly Sequential layers = Sequential(Linear(4, 4), new Scores());
            public Encoder() : base(nameof(Encoder)) => RegisterComponents();
            public override Tensor forward(Tensor x) => layers.call(x).var();
        }
        """;

    private const string Application = Usings + """
        using Blocks;

        namespace Models;

        [MixedPrecision(Dtype.Float16, Autocast = false)]
        public sealed partial class Classifier : Module<Tensor, Tensor>
        {
            private readonly Encoder encoder = new();
            private readonly Own own = new();
            public Classifier() : base(nameof(Classifier)) => RegisterComponents();
            private Tensor ForwardCore(Tensor x) => own.call(encoder.call(x));
        }

        public sealed class Own : Module<Tensor, Tensor>
        {
            private readonly Module<Tensor, Tensor> scores = new Scores();
            public Own() : base(nameof(Own)) => RegisterComponents();
            public override Tensor forward(Tensor x) => scores.call(x);
        }
        """;

    [Fact]
    public async Task An_editor_and_a_build_report_the_same()
    {
        // What is information would not be written by a build.
        var consumer = package.Consumer("two")
            .WriteProject("library/Blocks.csproj", properties: "")
            .Write("library/Blocks.cs", Library)
            .WriteProject(
                "app/App.csproj",
                properties: "<PrecisionAnalysisMode>strict</PrecisionAnalysisMode>",
                items: """<ItemGroup><ProjectReference Include="../library/Blocks.csproj" /></ItemGroup>""")
            .Write("app/App.cs", Application);

        var built = await consumer.Build("app");
        Assert.Equal(0, built.ExitCode);
        var ofBuild = Warning().Matches(built.Output).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        var ofEditor = await OfEditor(consumer.PathOf("app/App.csproj"));

        Assert.Contains(ofEditor, static report => report.Contains("PRC1001", StringComparison.Ordinal));
        Assert.Equal(ofEditor, ofBuild);
    }

    private static async Task<string[]> OfEditor(string project)
    {
        using var workspace = MSBuildWorkspace.Create();
        var opened = await workspace.OpenProjectAsync(project);
        Assert.Single(opened.ProjectReferences); // and not the library that the build has left
        var compilation = (await opened.GetCompilationAsync())!;
        var analyzers = opened.AnalyzerReferences
            .Where(static reference => Path.GetFileName(reference.FullPath) == "Precision.Generator.dll")
            .SelectMany(static reference => reference.GetAnalyzers(LanguageNames.CSharp))
            .ToImmutableArray();
        var diagnostics = await compilation
            .WithAnalyzers(analyzers, new CompilationWithAnalyzersOptions(
                opened.AnalyzerOptions,
                onAnalyzerException: (exception, analyzer, _) => Assert.Fail($"{analyzer}: {exception}"),
                concurrentAnalysis: true,
                logAnalyzerExecutionTime: false))
            .GetAnalyzerDiagnosticsAsync();
        return [.. diagnostics.Where(static diagnostic => diagnostic.Severity is DiagnosticSeverity.Warning).Select(Text).Order(StringComparer.Ordinal)];
    }

    private static string Text(Diagnostic diagnostic)
    {
        var place = diagnostic.Location.GetLineSpan();
        return $"{Path.GetFileName(place.Path)}({place.StartLinePosition.Line + 1},{place.StartLinePosition.Character + 1}): warning {diagnostic.Id}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}";
    }

    [GeneratedRegex(@"(App\.cs\(\d+,\d+\): warning PRC.*?)(?: \(https:[^)]*\))? \[")]
    private static partial Regex Warning();
}
