using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Rules;
using Precision.Generator.Rules.Numerics;

namespace Precision.CodeFixes.Numerics;

/// <summary>
/// PRC1010, PRC1011, PRC1014, PRC1018: makes positions, accumulators and variances in float32, casts what they meet and the factors of angles to float32, and marks
/// stored frequencies and averages <c>[FullPrecision]</c>. What is computed from them is cast back where something takes one dtype only.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class KeepFloat32CodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
    [
        RuleIdentifiers.PositionsIn16Bit,
        RuleIdentifiers.AccumulationIn16Bit,
        RuleIdentifiers.StatisticsIn16Bit,
        RuleIdentifiers.AnglesIn16Bit,
    ];

    private protected override string Title => "Keep in float32";

    private protected override void Collect(NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        var places = diagnostic.CanBeFixed() ? diagnostic.Operands(node).OfType<ExpressionSyntax>().ToArray() : [];
        foreach (var place in places)
        {
            if (diagnostic.IsOfMember() && place == places[0])
            {
                FullPrecisionMarks.Add(edits, place, model, token);
                Casts.AddBack(edits, diagnostic, node, model);
                continue;
            }

            if (model.GetTypeInfo(place, token).Type is { Name: "ScalarType" })
            {
                Leftovers.Exchange(edits, place, TorchNames.Float32(model, place.SpanStart), model, token);
            }
            else if (place is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax } cast && cast.Span.Contains(node.Span))
            {
                Casts.Replace(edits, cast, model);
            }
            else
            {
                Casts.Add(edits, place, model);
            }

            Casts.AddBack(edits, diagnostic, node, model);
        }
    }
}
