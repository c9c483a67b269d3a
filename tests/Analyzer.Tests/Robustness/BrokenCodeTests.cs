using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Text;
using Precision.Analyzer.Tests.Infrastructure;
using Precision.CodeFixes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Rules;

namespace Precision.Analyzer.Tests.Robustness;

/// <summary>
/// Code that is being typed: tokens are missing. The generator, the analyzers and the fixes never throw, and generator and
/// analyzers still agree.
/// </summary>
public class BrokenCodeTests
{
    private const int Mutants = 150;

    private static readonly CodeFixProvider[] Fixes =
    [
        .. typeof(NodeCodeFixProvider).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(CodeFixProvider)) && !type.IsAbstract)
            .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!),
    ];

    [Fact]
    public Task Known_mutants_are_survived() => Survive(seed: 20260101);

    [Fact]
    public Task New_mutants_are_survived() => Survive(Random.Shared.Next());

    private static async Task Survive(int seed)
    {
        var random = new Random(seed);
        var (sound, reported, repaired) = (0, 0, 0);
        for (var i = 0; i < Mutants; i++)
        {
            var source = Mutate(Sources.All[random.Next(Sources.All.Count)], random);
            try
            {
                var compilation = await RuleCompilation.Create(source);
                sound += AssertAgreement(compilation) ? 1 : 0;
                reported += compilation.Diagnostics.Length;
                repaired += await ApplyFixes(source, compilation.Diagnostics);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}, mutant {i}:\n{source}", exception);
            }
        }

        Assert.True(sound > 0 && reported > 0 && repaired > 0, $"Seed {seed}: {sound} sound, {reported} reported, {repaired} repaired");
    }

    /// <summary>Deletes one to three tokens, or doubles them; every other time a modifier, which often leaves code that compiles.</summary>
    private static string Mutate(string source, Random random)
    {
        for (var edits = random.Next(1, 4); edits > 0; edits--)
        {
            var tokens = CSharpSyntaxTree.ParseText(source).GetRoot().DescendantTokens().Where(token => token.SpanStart > TestReferences.Usings.Length).ToArray();
            if (tokens.Length == 0)
            {
                break;
            }

            var modifiers = tokens.Where(token => token.Kind() is SyntaxKind.PartialKeyword || SyntaxFacts.IsAccessibilityModifier(token.Kind())
                || token.Kind() is SyntaxKind.SealedKeyword or SyntaxKind.VirtualKeyword or SyntaxKind.OverrideKeyword or SyntaxKind.AbstractKeyword).ToArray();
            if (modifiers.Length > 0 && random.Next(2) == 0)
            {
                tokens = modifiers;
            }

            var token = tokens[random.Next(tokens.Length)];
            source = random.Next(4) == 0
                ? source.Insert(token.Span.End, " " + token.Text)
                : source.Remove(token.SpanStart, token.Span.Length);
        }

        return source;
    }

    /// <returns>Whether nobody complained.</returns>
    private static bool AssertAgreement(RuleCompilation compilation)
    {
        var annotated = AnnotatedClasses.In(compilation.Generated);
        var generated = annotated.Count(type => type.FindPrecisionGenerated() is not null);

        // Lists of operations are about methods, whether a class is annotated or not.
        var errors = compilation.Errors.Count(error => error.Descriptor.Category == RuleCategories.Annotation && error.Id != RuleIdentifiers.OperationListIsWrong);
        Assert.True(generated + errors <= annotated.Count, $"{annotated.Count} annotated, {generated} generated, {errors} errors");

        var isSound = errors == 0 && !compilation.CompilerErrors.Any();
        if (isSound)
        {
            Assert.Equal(annotated.Count, generated);
        }

        return isSound;
    }

    /// <returns>How many fixes were offered.</returns>
    private static async Task<int> ApplyFixes(string source, IEnumerable<Diagnostic> diagnostics)
    {
        var offered = 0;
        using var workspace = new AdhocWorkspace();
        var document = workspace.AddProject("Tested", LanguageNames.CSharp)
            .AddMetadataReferences(TestReferences.All)
            .WithParseOptions(new CSharpParseOptions(LanguageVersion.CSharp14))
            .AddDocument("Source0.cs", SourceText.From(source));
        var tree = await document.GetSyntaxTreeAsync();
        foreach (var diagnostic in diagnostics.Where(diagnostic => diagnostic.Location.SourceTree?.FilePath == "Source0.cs"))
        {
            var located = Diagnostic.Create(diagnostic.Descriptor, Location.Create(tree!, diagnostic.Location.SourceSpan));
            foreach (var fix in Fixes.Where(fix => fix.FixableDiagnosticIds.Contains(diagnostic.Id)))
            {
                var actions = new List<CodeAction>();
                await fix.RegisterCodeFixesAsync(new CodeFixContext(document, located, (action, _) => actions.Add(action), default));
                foreach (var action in actions)
                {
                    var changed = (ApplyChangesOperation)Assert.Single(await action.GetOperationsAsync(default));
                    var text = await changed.ChangedSolution.GetDocument(document.Id)!.GetTextAsync();
                    Assert.NotEqual(source, text.ToString());
                    offered++;
                }
            }
        }

        return offered;
    }
}
