using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Annotation;

/// <summary>PRC0007: replaces every Float16 of an attribute.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class UseBFloat16CodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.Float16OnCpuOnly];

    private protected override string Title => "Use BFloat16";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        foreach (var name in node.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>())
        {
            if (name.Identifier.ValueText == nameof(Dtype.Float16)
                && model.GetSymbolInfo(name, token).Symbol is IFieldSymbol { ContainingType: { Name: nameof(Dtype), ContainingNamespace.Name: "Precision" } })
            {
                edits.Replace(name, static name => SyntaxFactory.IdentifierName(nameof(Dtype.BFloat16)).WithTriviaFrom(name));
            }
        }
    }
}
