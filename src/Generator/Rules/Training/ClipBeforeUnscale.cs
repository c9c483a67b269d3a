using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2005: gradients are clipped while they are scaled.</summary>
internal static class ClipBeforeUnscale
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ClipBeforeUnscale,
        title: "Gradients clipped before they are unscaled",
        messageFormat: "'{0}' clips gradients that are still multiplied by the scale of '{1}': call '{1}.unscale_' for the optimizer before it",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "The loss scale is 65,536 at first. A limit for the norm of gradients means the gradients of the loss, and would shrink scaled ones to almost nothing.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ClipBeforeUnscale));
}
