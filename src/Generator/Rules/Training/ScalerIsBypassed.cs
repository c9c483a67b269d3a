using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2008: an optimizer or a loss goes past the scaler or the training.</summary>
internal static class ScalerIsBypassed
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ScalerIsBypassed,
        title: "Optimizer or backward bypasses the scaler",
        messageFormat: "{0}: {1}",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "What a scaler has scaled it must unscale, and what a training steps it must know the gradients of. An optimizer that steps by itself uses scaled gradients, and a loss that was not scaled has its gradients divided.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ScalerIsBypassed));
}
