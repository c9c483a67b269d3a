using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2006: an iteration ends without update.</summary>
internal static class StepWithoutUpdate
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.StepWithoutUpdate,
        title: "Step without updating the loss scale",
        messageFormat: ProtocolMessages.MissingUpdate,
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A GradScaler remembers what each optimizer has done until update, which adjusts the scale and starts a new iteration. A second unscale_ or step before that throws.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.StepWithoutUpdate));
}
