using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>PRC1001: softmax and its relatives compute in 16-bit.</summary>
internal sealed class SoftmaxIn16Bit : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.SoftmaxIn16Bit,
        title: "Softmax in 16-bit",
        messageFormat: "'{0}' gives {1}{2}{3}: probabilities are rounded and small ones lost; {4}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Each probability of a 16-bit softmax has 2 to 3 digits, and they do not add up to 1. Autocast computes softmax in float32.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.SoftmaxIn16Bit));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.Softmax);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (!context.NamesDtype && context.ResultIn(Dtypes.SixteenBit) is { } finding)
        {
            context.Report(Rule, finding, context.Name, finding.Dtypes.ToText(), finding.Where, context.OriginText(finding.Origin), context.Float32Remedy);
        }
    }
}
