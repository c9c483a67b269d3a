using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2007: something that belongs to an iteration once is done twice.</summary>
internal static class CalledTwice
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.CalledTwice,
        title: "Unscaled, updated or stepped twice",
        messageFormat: "{0}",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "In each iteration, call unscale_ and step once per optimizer, then update once for all of them. Call MixedPrecisionTraining.Step once after Backward.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.CalledTwice));
}
