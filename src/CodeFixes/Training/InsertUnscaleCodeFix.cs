using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Operations;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Training;

/// <summary>PRC2005: unscales the gradients before they are clipped.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class InsertUnscaleCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.ClipBeforeUnscale];

    private protected override string Title => "Unscale the gradients first";

    private protected override void Collect(
        NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (ScalerCalls.MemberOf(node, model, token) is not TrainingMember.Clip || ScalerCalls.Statement(node) is not { } statement
            || ScalerCalls.In(node, TrainingMember.Unscale, model, token).Any())
        {
            return;
        }

        // Which optimizer's gradients are clipped shows where there is one.
        var steps = ScalerCalls.In(node, TrainingMember.ScalerStep, model, token)
            .Select(static step => (Scaler: ScalerCalls.Receiver(step), Optimizer: step.ArgumentList.Arguments[0].Expression.ToString()))
            .Distinct()
            .ToList();
        if (steps is [{ Scaler: { } scaler, Optimizer: var optimizer }])
        {
            // Once for all that the block clips.
            var first = ScalerCalls.In(node, TrainingMember.Clip, model, token).Select(ScalerCalls.Statement).First(clip
                => clip?.Parent == statement.Parent)!;
            edits.Insert(first, ScalerCalls.Write($"{scaler}.unscale_({optimizer});", first), isBefore: true);
        }
    }
}
