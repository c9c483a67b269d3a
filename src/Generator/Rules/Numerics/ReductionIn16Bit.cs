using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1002: many elements go into one 16-bit result. Kernels add up in float32 and round at the end, so that of means nothing is
/// said; a sum leaves Float16's range, and in BFloat16 it only gets coarse.
/// </summary>
internal sealed class ReductionIn16Bit : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ReductionIn16Bit,
        title: "Reduction in 16-bit",
        messageFormat: "'{0}' gives {1}{2}{3}: {4}; {5}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Sums, products, norms and variances of many elements soon exceed Float16's range (65504) and keep 2 to 3 digits in BFloat16. Autocast computes them in float32.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ReductionIn16Bit));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => operation.Has(OperationTraits.Reduction) && operation.Has(OperationTraits.Overflow) && !operation.Has(OperationTraits.MatrixProduct);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.NamesDtype || context.ResultIn(Dtypes.SixteenBit) is not { } finding)
        {
            return;
        }

        // Of differences from a mean, 16-bit inputs lose more than the result does: that is for whoever cast them to judge.
        var isSpread = context.Row!.Has(OperationTraits.Spread);
        var isFloat16 = finding.Dtypes.Overlaps(Dtypes.Float16);
        var counts = Counts(context);
        var mayOverflow = isFloat16 && !IsOfWeight(context);
        context.Report(
            Rule,
            finding,
            mayOverflow && !isSpread ? null : DiagnosticSeverity.Info,
            context.Name,
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            counts ? $"counts above {(isFloat16 ? 2048 : 256)} are rounded"
                : mayOverflow ? "it overflows above 65504"
                : "it keeps only 2 to 3 digits",
            context.Float32Remedy);
    }

    /// <summary>Whether the elements are ones, or flags and integers that were cast, so that the results are positions or numbers of elements.</summary>
    private static bool Counts(OperationContext context) => context.Row!.Has(OperationTraits.Total) && context.Input is { } input && AreCounted(input, context);

    private static bool AreCounted(IOperation elements, OperationContext context)
        => elements.WithoutConversions() is IInvocationOperation { TargetMethod: { Name: var name } method } call && method.IsTorchSharps()
            && (Factory.MakesOnes(name)
                || (Casts.Contains(name) && call.Instance is { } cast
                    && (context.Flow.Of(cast).In(Dtypes.Integral) is not null || AreCounted(cast, context))));

    /// <summary>Whether a layer's parameters themselves go in, which are small numbers.</summary>
    private static bool IsOfWeight(OperationContext context)
        => context.Input?.WithoutConversions().Type is { Name: "Parameter" } type && type.IsTorchSharps();
}
