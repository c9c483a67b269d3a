using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2010: micro-batches are handled as if each were a batch.</summary>
internal static class EachMicroBatch
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.EachMicroBatch,
        title: "Accumulation that handles each micro-batch as a batch",
        messageFormat: "{0}: {1}",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Gradients of micro-batches are added up. The scale must not change in between, so that unscale_, step and update belong in the last one, and a mean needs the loss of each divided by their number.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.EachMicroBatch));
}
