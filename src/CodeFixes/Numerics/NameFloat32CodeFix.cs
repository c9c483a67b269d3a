using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>PRC1016: names float32 where a call names a 16-bit dtype.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class NameFloat32CodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.SixteenBitIsAskedFor];

    private protected override string Title => "Compute in float32";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        foreach (var argument in diagnostic.CanBeFixed() ? diagnostic.Operands(node).OfType<ExpressionSyntax>() : [])
        {
            Leftovers.Exchange(edits, argument, TorchNames.Float32(model, argument.SpanStart), model, token);
            Casts.AddBack(edits, diagnostic, node, model);
        }
    }
}
