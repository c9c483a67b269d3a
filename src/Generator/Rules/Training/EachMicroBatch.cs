using Microsoft.CodeAnalysis;

namespace Precision.Generator.Rules.Training;

/// <summary>PRC2010: micro-batches are handled as if each were a batch.</summary>
internal static class EachMicroBatch
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.EachMicroBatch,
        title: "Micro-batch treated as a whole batch",
        messageFormat: "{0}",
        RuleCategories.Training,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Gradients of micro-batches accumulate. The scale must not change in between, so unscale_, step and update belong after the last one, and the average needs each loss divided by their number.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.EachMicroBatch));
}
