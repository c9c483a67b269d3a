using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2009: a schedule goes on although the step was skipped.</summary>
internal static class SkippedStepIsIgnored
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.SkippedStepIsIgnored,
        title: "Schedule ignores skipped steps",
        messageFormat: "The schedule goes on although '{0}' may have skipped its step: {1}",
        RuleCategories.Training,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "A step whose gradients are not finite is skipped, which happens at the start of Float16 training. A schedule that goes on regardless reaches its end too early, and warms up without a step.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.SkippedStepIsIgnored));
}
