using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2004: a loss is scaled for nothing.</summary>
internal static class LossScalingWithBFloat16
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.LossScalingWithBFloat16,
        title: "Loss scaling with BFloat16",
        messageFormat: "'{0}' scales the loss of a BFloat16 model, whose gradients have the range of float32: make the scaler with 'enabled: false', or leave it out",
        RuleCategories.Training,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "Loss scaling keeps gradients within the range of Float16. BFloat16 has the range of float32, and scaling costs a check and, sometimes, a step.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.LossScalingWithBFloat16));
}
