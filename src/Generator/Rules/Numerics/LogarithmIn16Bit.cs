using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>PRC1004: logarithms, reciprocals, roots of reciprocals and other functions with a steep place, in 16-bit.</summary>
internal sealed class LogarithmIn16Bit : IOperationRule
{
    /// <summary>Divisors that are no smaller do no harm.</summary>
    private const double LargeEnough = 1e-3;

    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.LogarithmIn16Bit,
        title: "Logarithm or reciprocal in 16-bit",
        messageFormat: "'{0}' gives {1}{2}{3}: {4}; {5}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "Near 0 or 1, logarithms and reciprocals turn the rounding of a 16-bit input into a large error or infinity. CUDA's autocast computes them in float32.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.LogarithmIn16Bit));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => [];

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => operation.Has(OperationTraits.Logarithm | OperationTraits.Reciprocal | OperationTraits.Power);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.ResultIn(Dtypes.SixteenBit) is not { } finding || !IsSteep(context, finding) || Compositions.Of(context) is not null) // PRC1012's
        {
            return;
        }

        context.Report(
            Rule,
            finding,
            context.Name,
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            finding.Dtypes.Overlaps(Dtypes.Float16) && IsReciprocal(context)
                ? "inputs below 1.6e-5 give infinity"
                : "it keeps only 2 to 3 digits, and fewer where the function is steep",
            context.Row!.Has(OperationTraits.InPlace) ? "compute it in float32, not in place" : context.Float32Remedy);
    }

    private static bool IsSteep(OperationContext context, Flow.Finding finding)
    {
        var row = context.Row!;
        if (row.Has(OperationTraits.Power))
        {
            // Of exponents below -1 in Float16, PRC1003 tells.
            return Exponent(context) is { } exponent && exponent < 0 && (exponent >= -1 || !finding.Dtypes.Overlaps(Dtypes.Float16));
        }

        return !IsReciprocal(context) || Divisor(context) is not { } divisor || !IsAwayFromZero(divisor);
    }

    private static bool IsReciprocal(OperationContext context)
        => context.Row!.Has(OperationTraits.Reciprocal) || (context.Row.Has(OperationTraits.Power) && Exponent(context) is -1);

    private static double? Exponent(OperationContext context)
        => Constants.Of(context.Argument("exponent"), context.Flow);

    private static IOperation? Divisor(OperationContext context)
        => context.Operation is IBinaryOperation { RightOperand: var right } ? right : context.Input;

    /// <summary>By the way it is written: <c>1 + exp(x)</c>, <c>clamp(x, 0.1)</c>.</summary>
    private static bool IsAwayFromZero(IOperation divisor) => divisor.Resolved() switch
    {
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Add, LeftOperand: var left, RightOperand: var right }
            => (IsLarge(left) && IsNotNegative(right)) || (IsLarge(right) && IsNotNegative(left)),
        IInvocationOperation call => OperationTable.Find(call.TargetMethod)?.Has(OperationTraits.Clamp) == true
            && call.Arguments.Any(static argument => argument.Parameter?.Name == "min" && IsLarge(argument.Value)),
        _ => false,
    };

    private static bool IsNotNegative(IOperation term)
        => term.Resolved() is IInvocationOperation call && OperationTable.Find(call.TargetMethod)?.Has(OperationTraits.NotNegative) == true;

    private static bool IsLarge(IOperation number) => Constants.Written(number) >= LargeEnough;
}
