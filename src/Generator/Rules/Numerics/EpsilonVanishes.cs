using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1008: a small number that should keep something from 0 or 1 and is rounded away. Float16 has nothing below 6e-8; just below
/// 1 both 16-bit dtypes have large steps.
/// </summary>
internal sealed class EpsilonVanishes : IOperationRule
{
    /// <summary>The key of <c>.editorconfig</c> with the smallest number that counts as a working epsilon in Float16.</summary>
    public const string SmallestEpsilonKey = "dotnet_code_quality.PRC1008.smallest_epsilon";

    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.EpsilonVanishes,
        title: "Epsilon vanishes in 16-bit",
        messageFormat: "'{0}' takes {1} as {2}{3}{4}: it {5}, so {6}; cast to float32 first",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "An epsilon keeps a divisor or the argument of a logarithm away from 0. Float16 rounds 1e-8 to 0, and both 16-bit dtypes round 1 - 1e-6 to 1, so the result is infinite or NaN after all.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.EpsilonVanishes));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => StoredConstants.Factories;

    /// <inheritdoc/>
    public bool Concerns(Operation operation)
        => StoredConstants.Contains(operation) || operation.Has(OperationTraits.Sum | OperationTraits.Epsilon);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Row?.Has(OperationTraits.Sum) == true)
        {
            AnalyzeSum(context);
            return;
        }

        if (context.Row?.Has(OperationTraits.Epsilon) == true)
        {
            // Its default counts too: 1e-12 and 1e-8.
            AnalyzeSmall(
                context,
                context.Invocation?.Arguments.Where(static argument => argument.Parameter?.Name == "eps").Select(static argument => argument.Value) ?? [],
                context.Row.Has(OperationTraits.Logarithm) ? "the logit of 0 or 1 is infinite" : "rows of zeros give NaN");
            return;
        }

        var isClamp = context.Row?.Has(OperationTraits.Clamp) == true;
        foreach (var constant in StoredConstants.Of(context))
        {
            if (AnalyzeSmall(context, constant, "values still reach 0") || (isClamp && AnalyzeBound(context, constant)))
            {
                return;
            }
        }
    }

    private static void AnalyzeSum(OperationContext context)
    {
        if (!AnalyzeSmall(context, Sums.Operands(context), "adding it changes nothing, and a logarithm of 0 or a division by 0 stays infinite")

            // 1 + 1e-6 - x: the difference takes the number in the tensor's dtype.
            && context.Operation is IBinaryOperation { OperatorKind: BinaryOperatorKind.Subtract } or ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Subtract })
        {
            _ = Constants.All(Sums.Operands(context).FirstOrDefault(), context).Any(left => AnalyzeBound(context, left));
        }
    }

    private static bool AnalyzeSmall(OperationContext context, IEnumerable<IOperation> operands, string consequence)
        => operands.SelectMany(operand => Constants.All(operand, context)).Any(constant => AnalyzeSmall(context, constant, consequence));

    private static bool AnalyzeSmall(OperationContext context, Constant constant, string consequence)
    {
        var number = constant.Number;
        if (number == 0 || !IsTooSmall(context, Math.Abs(number)) || constant.Beside(context.Operation, context.Flow).In(Dtypes.Float16) is not { } finding)
        {
            return false;
        }

        Report(context, finding, number, Math.Abs(number) <= Constants.Float16Zero ? "is 0" : "is too small", consequence);
        return true;
    }

    private static bool AnalyzeBound(OperationContext context, Constant constant)
    {
        var number = constant.Number;
        foreach (var dtype in new[] { Dtypes.Float16, Dtypes.BFloat16 })
        {
            if (Constants.RoundsToOne(number, dtype) && constant.Beside(context.Operation, context.Flow).In(dtype) is { } finding)
            {
                var one = number < 0 ? "-1" : "1";
                Report(context, finding, number, $"is {one}", $"values reach {one}, where a logarithm of the difference is infinite");
                return true;
            }
        }

        return false;
    }

    private static void Report(OperationContext context, Finding finding, double number, string becomes, string consequence)
        => context.Report(
            Rule,
            finding,
            context.Name,
            Constants.ToText(number),
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            becomes,
            consequence);

    private static bool IsTooSmall(OperationContext context, double size)
        => size <= Constants.Float16Zero
            || (size < 1
                && context.Options.TryGetValue(SmallestEpsilonKey, out var text)
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var smallest)
                && size < smallest);
}
