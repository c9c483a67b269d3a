using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2002: an optimizer keeps parameters that its model has no more.</summary>
internal static class OptimizerMadeBeforeConversion
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.OptimizerMadeBeforeConversion,
        title: "Optimizer made before the model is converted",
        messageFormat: "The optimizer '{0}' is made before '{2}' replaces the parameters of '{1}', and keeps the old ones: make it afterwards",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "TorchSharp makes new parameters where a module is converted to another dtype or moved to another device, and disposes the old ones. An optimizer that was made before has those.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.OptimizerMadeBeforeConversion));
}
