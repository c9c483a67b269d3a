using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2005: gradients are clipped while they are scaled.</summary>
internal static class ClipBeforeUnscale
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ClipBeforeUnscale,
        title: "Gradients clipped before they are unscaled",
        messageFormat: "'{0}' clips gradients that are still multiplied by the scale of '{1}': call '{1}.unscale_' with the optimizer first",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The loss scale starts at 65,536. A norm limit is meant for the true gradients; applied to scaled ones, it shrinks them to almost nothing.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ClipBeforeUnscale));
}
