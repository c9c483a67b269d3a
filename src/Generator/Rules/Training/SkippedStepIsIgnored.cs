using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2009: a schedule goes on although the step was skipped.</summary>
internal static class SkippedStepIsIgnored
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.SkippedStepIsIgnored,
        title: "Schedule ignores skipped steps",
        messageFormat: "The schedule advances even if '{0}' skipped its step: {1}",
        RuleCategories.Training,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "A step is skipped when its gradients are not finite, which is common early in Float16 training. A schedule that advances anyway ends too early, and may finish its warmup before the first step.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.SkippedStepIsIgnored));
}
