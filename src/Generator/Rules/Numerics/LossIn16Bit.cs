using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>PRC1005: a loss is computed in 16-bit.</summary>
internal sealed class LossIn16Bit : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.LossIn16Bit,
        title: "Loss of 16-bit values",
        messageFormat: "'{0}' gives {1}{2}{3}: {4}; {5}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "A loss is a reduction, often of logarithms, and every gradient starts from it. Autocast computes losses in float32.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.LossIn16Bit));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.Loss) && !LossOfProbabilities.Takes(operation);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.ResultIn(Dtypes.SixteenBit) is { } finding)
        {
            context.Report(
                Rule,
                finding,
                context.Name,
                finding.Dtypes.ToText(),
                finding.Where,
                context.OriginText(finding.Origin),
                finding.Dtypes.Overlaps(Dtypes.Float16) ? "it overflows above 65504, and gradients below 6e-8 become 0" : "it keeps only 2 to 3 digits",
                context.Float32Remedy);
        }
    }
}
