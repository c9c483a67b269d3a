using Microsoft.CodeAnalysis;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// PRC1007: a constant that a 16-bit dtype cannot hold. Float16 ends at 65504; BFloat16 has float32's range but for the last
/// step, so that <c>float.MinValue</c> does not fit.
/// </summary>
internal sealed class ConstantOutOfRange : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.ConstantOutOfRange,
        title: "Constant outside the range of a 16-bit dtype",
        messageFormat: "'{0}' takes {1} as {2}{3}{4}: {2} ends at {5}, so {6}; {7}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description: "Where libtorch converts a number to a tensor's dtype it throws when the number does not fit, or makes it infinite; a row of a mask that is infinite throughout gives NaN in a softmax.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ConstantOutOfRange));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => StoredConstants.Factories;

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => StoredConstants.Contains(operation) || operation.Has(OperationTraits.Sum);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Row?.Has(OperationTraits.Sum) == true)
        {
            AnalyzeSum(context);
        }
        else
        {
            AnalyzeStored(context);
        }
    }

    private static void AnalyzeStored(OperationContext context)
    {
        // One report for all numbers of a call, so that one fix replaces them together.
        var constants = StoredConstants.Of(context).Where(constant => Find(context, constant) is not null).ToArray();
        if (constants.Length == 0 || Find(context, constants[0]) is not { } found)
        {
            return;
        }

        var number = constants[0].Number;
        var limit = number < 0 ? "min" : "max";
        context.ReportOf(
            constants.Where(static constant => constant.IsWritten).Select(static constant => constant.Operand),
            Rule,
            found.Finding,
            context.Name,
            Constants.ToText(number),
            found.Finding.Dtypes.ToText(),
            found.Finding.Where,
            context.OriginText(found.Finding.Origin),
            Constants.ToText(found.Maximum),
            StoredConstants.AreUnchecked(context) ? "it becomes infinite" : "libtorch throws",
            $"write 'torch.finfo(dtype).{limit}', or compute in float32");
    }

    /// <summary>A sum with a number of more than twice the range is infinite, whatever the other side is.</summary>
    private static void AnalyzeSum(OperationContext context)
    {
        foreach (var constant in Sums.Operands(context).SelectMany(operand => Constants.All(operand, context.Flow)))
        {
            var number = constant.Number;
            if (!double.IsInfinity(number) && Find(context, constant, Math.Abs(number) / 2) is { } found)
            {
                context.Report(
                    Rule,
                    found.Finding,
                    context.Name,
                    Constants.ToText(number),
                    found.Finding.Dtypes.ToText(),
                    found.Finding.Where,
                    context.OriginText(found.Finding.Origin),
                    Constants.ToText(found.Maximum),
                    "every result is infinite",
                    "cast to float32 first, or mask with 'masked_fill' and 'torch.finfo(dtype).min'");
                return;
            }
        }
    }

    private static (Finding Finding, double Maximum)? Find(OperationContext context, Constant constant) => Find(context, constant, Math.Abs(constant.Number));

    private static (Finding Finding, double Maximum)? Find(OperationContext context, Constant constant, double size)
    {
        foreach (var (dtype, maximum) in new[] { (Dtypes.Float16, Constants.Float16Maximum), (Dtypes.BFloat16, Constants.BFloat16Maximum) })
        {
            if (size > maximum && constant.Beside(StoredConstants.Target(context), context.Flow).In(dtype) is { } finding)
            {
                return (finding, maximum);
            }
        }

        return null;
    }
}
