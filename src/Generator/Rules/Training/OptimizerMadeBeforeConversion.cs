using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2002: an optimizer keeps parameters that its model has no more.</summary>
internal static class OptimizerMadeBeforeConversion
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.OptimizerMadeBeforeConversion,
        title: "Optimizer created before the model is converted",
        messageFormat: ProtocolMessages.MadeBeforeConversion,
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "TorchSharp creates new parameters when a module is converted to another dtype or moved to another device, and disposes of the old ones. An optimizer created earlier still holds the old ones.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.OptimizerMadeBeforeConversion));
}
