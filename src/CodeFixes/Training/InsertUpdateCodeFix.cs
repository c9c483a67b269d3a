using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Operations;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Training;

/// <summary>PRC2006: updates the scale after the last step of a block, in a method that never does.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class InsertUpdateCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.StepWithoutUpdate];

    private protected override string Title => "Update the scale after the step";

    private protected override void Collect(
        NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (node is not InvocationExpressionSyntax call || ScalerCalls.Statement(call)?.Parent is not { } block
            || ScalerCalls.Receiver(call) is not { } scaler
            || ScalerCalls.MemberOf(call, model, token) is not (TrainingMember.ScalerStep or TrainingMember.Unscale)
            || ScalerCalls.In(call, TrainingMember.Update, model, token).Any(update => ScalerCalls.Receiver(update) == scaler))
        {
            return;
        }

        // After the last of them: the other steps need the scale that their gradients have.
        var steps = ScalerCalls.In(call, TrainingMember.ScalerStep, model, token).Where(step
            => ScalerCalls.Receiver(step) == scaler).ToList();
        if (steps.Count > 0 && steps.TrueForAll(step => ScalerCalls.Statement(step)?.Parent == block))
        {
            var last = ScalerCalls.Statement(steps[steps.Count - 1])!;
            edits.Insert(last, ScalerCalls.Write($"{scaler}.update();", last), isBefore: false);
        }
    }
}
