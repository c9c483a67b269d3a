using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Precision.Generator.Operations;
using Precision.Generator.Rules;

namespace Precision.CodeFixes.Training;

/// <summary>PRC2009: lets a schedule go on only where the step was applied.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class GuardScheduleCodeFix : NodeCodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [RuleIdentifiers.SkippedStepIsIgnored];

    private protected override string Title => "Go on only where the step was applied";

    private protected override void Collect(
        NodeEdits edits, Diagnostic diagnostic, SyntaxNode node, SemanticModel model, CancellationToken token)
    {
        if (ScalerCalls.Statement(node) is not { Parent: BlockSyntax block } schedule
            || diagnostic.AdditionalLocations is not [var place] || place.SourceTree != node.SyntaxTree
            || node.SyntaxTree.GetRoot(token).FindNode(place.SourceSpan, getInnermostNodeForTie: true)
                is not InvocationExpressionSyntax step
            || ScalerCalls.Statement(step) is not { } stepping || stepping.Parent != block)
        {
            return;
        }

        switch (ScalerCalls.MemberOf(step, model, token))
        {
            case TrainingMember.TrainingStep when block.Statements.IndexOf(schedule) == block.Statements.IndexOf(stepping) + 1:
                edits.Remove(stepping);
                edits.Replace(schedule, schedule => Guard(schedule, $"{step.WithoutTrivia()}.Applied", stepping));
                break;
            case TrainingMember.ScalerStep when ScalerCalls.Receiver(step) is { } scaler:
                edits.Replace(schedule, schedule
                    => Guard(schedule, $"!{scaler}.WasSkipped({step.ArgumentList.Arguments[0].Expression})", schedule));
                break;
        }
    }

    internal static StatementSyntax Guard(ExpressionStatementSyntax schedule, string condition, StatementSyntax first)
    {
        var (indentation, end) = (ScalerCalls.Indentation(schedule).ToFullString(), ScalerCalls.EndOfLine(schedule).ToFullString());
        var inner = indentation.Length > 0 && indentation[0] == '\t' ? "\t" : "    ";
        return SyntaxFactory
            .ParseStatement($"if ({condition}){end}{indentation}{{{end}{indentation}{inner}{schedule.WithoutTrivia()}{end}{indentation}}}")
            .WithLeadingTrivia(first.GetLeadingTrivia())
            .WithTrailingTrivia(schedule.GetTrailingTrivia());
    }
}
