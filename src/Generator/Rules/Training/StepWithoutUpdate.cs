using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2006: an iteration ends without update.</summary>
internal static class StepWithoutUpdate
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.StepWithoutUpdate,
        title: "Step without update of the loss scale",
        messageFormat: "'{0}.{1}' is reached for '{2}' again, and '{0}.update' was not called since the last time: call it once in each iteration, before 'continue' too",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A GradScaler keeps what each optimizer has done until update, which adapts the scale and begins an iteration. A second unscale_ or step before it throws.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.StepWithoutUpdate));
}
