using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2003: gradients of a Float16 model become 0.</summary>
internal static class Float16WithoutLossScaling
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.Float16WithoutLossScaling,
        title: "Float16 training without loss scaling",
        messageFormat: ProtocolMessages.NoScaling,
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Float16 has no number between 0 and 6e-8. Many gradients are smaller than that, and the weights they belong to never move.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.Float16WithoutLossScaling));
}
