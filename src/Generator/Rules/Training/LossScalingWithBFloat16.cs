using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2004: a loss is scaled for nothing.</summary>
internal static class LossScalingWithBFloat16
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.LossScalingWithBFloat16,
        title: "Loss scaling with BFloat16",
        messageFormat: "'{0}' scales the loss of a BFloat16 model, whose gradients have the range of float32: create the scaler with 'enabled: false', or drop it",
        RuleCategories.Training,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "Loss scaling keeps gradients within the range of Float16. BFloat16 has the range of float32, so scaling only costs a check for overflow and an occasional skipped step.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.LossScalingWithBFloat16));
}
