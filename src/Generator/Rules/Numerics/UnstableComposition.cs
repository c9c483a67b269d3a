using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1012: log(softmax), log(sigmoid), log(1 - p), log(1 + x), exp(x) - 1 and log(sum(exp)). The first step rounds away what the last one
/// needs, in float32 too, only later: there it is information, and nothing where no 16-bit is in reach.
/// </summary>
internal sealed class UnstableComposition : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.UnstableComposition,
        title: "Numerically unstable composition of functions",
        messageFormat: "'{0}' takes the result of {1} in {2}{3}{4}: {5}; use '{6}'",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Softmax and sigmoid round small probabilities to 0, whose logarithm is infinite. Small numbers vanish next to 1, and sums of exponentials overflow. libtorch computes each of these compositions in one stable step.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.UnstableComposition));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.NaturalLogarithm | OperationTraits.Sum);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (Compositions.Of(context) is not { } composition)
        {
            return;
        }

        var rounded = context.Flow.Of(composition.Inner);
        var in16Bit = rounded.In(Dtypes.SixteenBit) is { IsEverywhere: true } everywhere ? everywhere : null;
        if ((in16Bit ?? rounded.In(Dtypes.SixteenBit | Dtypes.Float32)) is not { } finding)
        {
            return;
        }

        var is16Bit = context.Flow.Of(composition.Input).Possible.Overlaps(Dtypes.SixteenBit);
        context.ReportMoving(
            StableFix.Of(context, composition) ?? [],
            Rule,
            finding,
            in16Bit is null ? DiagnosticSeverity.Info : null,
            is16Bit ? CastBack.Of(context.Operation, context.Flow) : null,
            StableFix.Form(composition, is16Bit, context),
            context.Name,
            StableFix.Describe(composition),
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            composition.Consequence,
            composition.Member);
    }
}
