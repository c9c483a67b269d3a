using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2008: an optimizer or a loss goes past the scaler or the training.</summary>
internal static class ScalerIsBypassed
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ScalerIsBypassed,
        title: "Optimizer or backward bypasses the scaler",
        messageFormat: "{0}",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A scaler must unscale what it scaled, and MixedPrecisionTraining must see the gradients it steps with. An optimizer that steps on its own uses scaled gradients, and the gradients of a loss that was never scaled get divided anyway.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ScalerIsBypassed));
}
