using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>PRC1003: a function that grows fast, in Float16. BFloat16 has float32's range and is no matter of this rule.</summary>
internal sealed class OverflowInFloat16 : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.OverflowInFloat16,
        title: "Overflow-prone function in Float16",
        messageFormat: "'{0}' gives Float16{1}{2}: {3}; {4}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Float16 ends at 65504: exp(12), cosh(12) and 256 squared are infinite. Autocast computes these functions in float32.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.OverflowInFloat16));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => operation.Has(OperationTraits.Overflow)
            && !operation.Has(OperationTraits.Reduction | OperationTraits.Logarithm | OperationTraits.MatrixProduct);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.ResultIn(Dtypes.Float16) is not { } finding || context.Input is not { } input || IsHarmless(context, input))
        {
            return;
        }

        context.Report(
            Rule,
            finding,
            context.Name,
            finding.Where,
            context.OriginText(finding.Origin),
            context.Row!.Limit switch
            {
                null => "results above 65504 overflow",
                { } limit when limit == Math.Floor(limit) => $"inputs of {Constants.ToText(limit)} or more overflow",
                { } limit => $"inputs above {Constants.ToText(limit)} overflow",
            },
            context.Row.Has(OperationTraits.InPlace) ? "compute it in float32, not in place" : context.Float32Remedy);
    }

    private static bool IsHarmless(OperationContext context, IOperation input)
    {
        var row = context.Row!;
        return !row.Has(OperationTraits.NoSafeInput)
            && (row.Has(OperationTraits.Power)
                ? Exponent(context) is var exponent && (exponent is >= -1 and <= 1 || (exponent is not < 0 && BoundedExpressions.IsBounded(input, isBelowEnough: false)))
                : BoundedExpressions.IsBounded(input, isBelowEnough: !row.Has(OperationTraits.GrowsBothWays)));
    }

    private static double? Exponent(OperationContext context)
        => context.Argument("exponent") is { } exponent ? Constants.Written(exponent) : null;
}
