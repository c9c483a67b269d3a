using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>PRC1017: gives a comparison of 16-bit values a tolerance that is larger than their rounding.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class WidenToleranceCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.EqualityIn16Bit];

    private protected override string Title => "Use the tolerance of the dtype";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (!diagnostic.CanBeFixed()
            || !diagnostic.Properties.TryGetValue(FixProperties.Dtype, out var dtype) || dtype is null
            || diagnostic.Operands(node).FirstOrDefault() is not ExpressionSyntax place)
        {
            return;
        }

        var tolerance = SyntaxFactory.ParseExpression(Tolerances.Text(dtype.Contains(nameof(Dtypes.BFloat16)) ? Dtypes.BFloat16 : Dtypes.Float16));
        if (place is InvocationExpressionSyntax { ArgumentList: var list } && place.Span.Contains(node.Span))
        {
            edits.Replace(list, list => NamedArguments.Add(list, Comparisons.Relative, tolerance));
        }
        else
        {
            Leftovers.Exchange(edits, place, tolerance, model, token);
        }
    }
}
