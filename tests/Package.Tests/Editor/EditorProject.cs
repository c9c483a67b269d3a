using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.MSBuild;
using Microsoft.CodeAnalysis.Text;
using Precision.Package.Tests.Infrastructure;

namespace Precision.Package.Tests.Editor;

/// <summary>
/// A project as an editor has it: loaded by its project file, with the analyzers, generators and fixes that the restored package
/// brings, one document open, its text ahead of the file's.
/// </summary>
public sealed class EditorProject : IAsyncLifetime
{
    private readonly PackedPackage package;
    private readonly AdhocWorkspace workspace = new();
    private DocumentId document = null!;

    /// <summary>Of a package.</summary>
    public EditorProject(PackedPackage package) => this.package = package;

    /// <summary>The open document.</summary>
    public Document Document => workspace.CurrentSolution.GetDocument(document)!;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var consumer = package.Consumer("editor").WriteProject("app.csproj", properties: "").Write("Model.cs", Programs.Model);
        (await consumer.Dotnet("restore", "--nologo")).Succeeded();

        // MSBuildWorkspace opens no documents and writes edits to the disk: an editor's workspace takes over what it has loaded.
        using var loader = MSBuildWorkspace.Create();
        var failures = new List<string>();
        using var registration = loader.RegisterWorkspaceFailedHandler(failure => failures.Add(failure.Diagnostic.Message));
        var project = await loader.OpenProjectAsync(consumer.PathOf("app.csproj"));
        Assert.Empty(failures);
        document = project.Documents.Single(document => document.Name == "Model.cs").Id;
        workspace.AddProject(ProjectInfo.Create(
                project.Id,
                project.Version,
                project.Name,
                project.AssemblyName,
                project.Language,
                project.FilePath,
                compilationOptions: project.CompilationOptions,
                parseOptions: project.ParseOptions,
                documents: await Infos(project.Documents),
                metadataReferences: project.MetadataReferences,
                analyzerReferences: project.AnalyzerReferences)
            .WithAnalyzerConfigDocuments(await Infos(project.AnalyzerConfigDocuments)));
        workspace.OpenDocument(document);
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        workspace.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Replaces the open document's text.</summary>
    public void Type(string text)
        => Assert.True(workspace.TryApplyChanges(workspace.CurrentSolution.WithDocumentText(document, SourceText.From(text))));

    /// <summary>The text generated for the annotated class; null while there is none.</summary>
    public async Task<string?> Generated()
    {
        var documents = await Document.Project.GetSourceGeneratedDocumentsAsync();
        var generated = documents.SingleOrDefault(document => document.HintName.StartsWith(Programs.GeneratedName, StringComparison.Ordinal));
        return generated is null ? null : (await generated.GetTextAsync()).ToString();
    }

    /// <summary>
    /// What the editor underlines in the open document: the compiler's errors and this package's diagnostics.
    /// </summary>
    /// <exception cref="Xunit.Sdk.XunitException">A generator or an analyzer threw.</exception>
    public async Task<ImmutableArray<Diagnostic>> Diagnostics()
    {
        var compilation = (await Document.Project.GetCompilationAsync())!;
        var tree = await Document.GetSyntaxTreeAsync();
        var analyzers = Extensions("Precision.Generator").GetAnalyzers(LanguageNames.CSharp);
        var withAnalyzers = compilation.WithAnalyzers(
            analyzers,
            new CompilationWithAnalyzersOptions(
                Document.Project.AnalyzerOptions,
                onAnalyzerException: (exception, analyzer, _) => Assert.Fail($"{analyzer}: {exception}"),
                concurrentAnalysis: true,
                logAnalyzerExecutionTime: false));
        var all = await withAnalyzers.GetAllDiagnosticsAsync();
        Assert.DoesNotContain(all, diagnostic => diagnostic.Id is "CS8784" or "CS8785" or "AD0001"); // a generator or an analyzer threw
        return [.. all.Where(diagnostic => diagnostic.Location.SourceTree == tree
            && (diagnostic.Severity == DiagnosticSeverity.Error || diagnostic.Id.StartsWith("PRC", StringComparison.Ordinal)))];
    }

    /// <summary>Presses the light bulb at a diagnostic and takes the only fix.</summary>
    public async Task Fix(Diagnostic diagnostic)
    {
        var provider = ((AnalyzerFileReference)Extensions("Precision.CodeFixes")).GetAssembly().GetTypes()
            .Where(type => type.GetCustomAttribute<ExportCodeFixProviderAttribute>() is not null)
            .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!)
            .Single(provider => provider.FixableDiagnosticIds.Contains(diagnostic.Id));
        var actions = new List<CodeAction>();
        await provider.RegisterCodeFixesAsync(new CodeFixContext(Document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        foreach (var operation in await Assert.Single(actions).GetOperationsAsync(CancellationToken.None))
        {
            operation.Apply(workspace, CancellationToken.None);
        }
    }

    private AnalyzerReference Extensions(string assembly) => Document.Project.AnalyzerReferences.Single(reference => reference.Display == assembly);

    private static async Task<IEnumerable<DocumentInfo>> Infos(IEnumerable<TextDocument> documents)
        => await Task.WhenAll(documents.Select(async document => DocumentInfo.Create(
            document.Id,
            document.Name,
            document.Folders,
            filePath: document.FilePath,
            loader: TextLoader.From(TextAndVersion.Create(await document.GetTextAsync(), VersionStamp.Create())))));
}
