using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2004: a loss is scaled for nothing.</summary>
internal static class LossScalingWithBFloat16
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.LossScalingWithBFloat16,
        title: "Loss scaling with BFloat16",
        messageFormat: ProtocolMessages.NeedlessScaling,
        RuleCategories.Training,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "Loss scaling keeps gradients within the range of Float16. BFloat16 has the range of float32, so scaling only costs a check for overflow and an occasional skipped step.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.LossScalingWithBFloat16));
}
