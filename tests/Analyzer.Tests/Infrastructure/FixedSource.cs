using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.CodeFixes;

namespace Precision.Analyzer.Tests.Infrastructure;

/// <summary>A source after code fixes, applied as an editor does (one diagnostic) and as <c>dotnet format</c> does (all of a rule).</summary>
internal static class FixedSource
{
    private static readonly CodeFixProvider[] Providers =
    [
        .. typeof(NodeCodeFixProvider).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(CodeFixProvider)) && !type.IsAbstract)
            .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!),
    ];

    private static readonly string[] Ids =
        [.. Providers.SelectMany(static provider => provider.FixableDiagnosticIds).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The source after the fix of each diagnostic alone; those without a fix are left out.</summary>
    public static async Task<IReadOnlyList<string>> OneByOne(RuleCompilation compilation)
    {
        using var workspace = new AdhocWorkspace();
        var document = Open(workspace, compilation);
        var results = new List<string>();
        foreach (var diagnostic in compilation.Diagnostics)
        {
            foreach (var provider in Fixing(diagnostic.Id))
            {
                var actions = new List<CodeAction>();
                await provider.RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), default));
                foreach (var action in actions)
                {
                    results.Add(await TextAfter(action, document));
                }
            }
        }

        return results;
    }

    /// <summary>The source after one run over all rules.</summary>
    public static async Task<RuleCompilation> All(RuleCompilation compilation)
    {
        foreach (var id in Ids)
        {
            compilation = await All(compilation, id);
        }

        return compilation;
    }

    /// <summary>The source after one run over one rule; the same compilation where nothing is fixed.</summary>
    public static async Task<RuleCompilation> All(RuleCompilation compilation, string id)
    {
        var diagnostics = compilation.Diagnostics.Where(diagnostic => diagnostic.Id == id).ToImmutableArray();
        if (diagnostics.IsEmpty || Fixing(id).SingleOrDefault() is not { } provider)
        {
            return compilation;
        }

        using var workspace = new AdhocWorkspace();
        var document = Open(workspace, compilation);
        var context = new FixAllContext(document, provider, FixAllScope.Document, provider.GetType().Name, [id], new Known(diagnostics), default);
        return await provider.GetFixAllProvider()!.GetFixAsync(context) is { } action
            ? await RuleCompilation.Create(await TextAfter(action, document))
            : compilation;
    }

    private static IEnumerable<CodeFixProvider> Fixing(string id) => Providers.Where(provider => provider.FixableDiagnosticIds.Contains(id));

    /// <summary>The first file as a document, with what was generated beside it.</summary>
    private static Document Open(AdhocWorkspace workspace, RuleCompilation compilation)
    {
        var project = workspace.AddProject(ProjectInfo.Create(
            ProjectId.CreateNewId(),
            VersionStamp.Default,
            "Tested",
            "Tested",
            LanguageNames.CSharp,
            compilationOptions: compilation.Generated.Options,
            parseOptions: RuleCompilation.ParseOptions,
            metadataReferences: TestReferences.All));
        foreach (var generated in compilation.Generated.SyntaxTrees.Skip(1))
        {
            workspace.AddDocument(project.Id, generated.FilePath, generated.GetText());
        }

        return workspace.AddDocument(project.Id, "Source0.cs", compilation.Original.SyntaxTrees.First().GetText());
    }

    private static async Task<string> TextAfter(CodeAction action, Document document)
    {
        var operations = await action.GetOperationsAsync(default);
        var changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution.GetDocument(document.Id)!;
        return (await changed.GetTextAsync()).ToString();
    }

    private sealed class Known(ImmutableArray<Diagnostic> diagnostics) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken)
            => Task.FromResult<IEnumerable<Diagnostic>>(diagnostics);

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken)
            => Task.FromResult<IEnumerable<Diagnostic>>([]);

        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken)
            => Task.FromResult<IEnumerable<Diagnostic>>(diagnostics);
    }
}
