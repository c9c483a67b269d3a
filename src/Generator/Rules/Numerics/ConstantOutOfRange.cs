using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

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
        description: "When a number does not fit a tensor's dtype, libtorch throws or makes it infinite. A mask row of nothing but infinities gives NaN in a softmax.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.ConstantOutOfRange));

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => StoredConstants.Factories.Concat([OperationTable.SetElements]);

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => StoredConstants.Contains(operation) || operation.Has(OperationTraits.Sum | OperationTraits.Multiplication);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (context.Row?.Has(OperationTraits.Sum) == true)
        {
            AnalyzeSum(context);
            AnalyzeBuffers(context);
        }
        else if (context.Row?.Has(OperationTraits.Multiplication) == true)
        {
            AnalyzeMask(context);
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
        foreach (var constant in Sums.Operands(context).SelectMany(operand => Constants.All(operand, context)))
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

    /// <summary>Flags times a number: the way in which masks are added to scores.</summary>
    private static void AnalyzeMask(OperationContext context)
    {
        foreach (var constant in Factors(context).SelectMany(operand => Constants.All(operand, context)))
        {
            if (!double.IsInfinity(constant.Number) && Find(context, constant) is { } found && Factors(context).Any(factor => IsMask(factor, context)))
            {
                context.ReportOf(
                    constant.IsWritten ? [constant.Operand] : [],
                    Rule,
                    found.Finding,
                    context.Name,
                    Constants.ToText(constant.Number),
                    found.Finding.Dtypes.ToText(),
                    found.Finding.Where,
                    context.OriginText(found.Finding.Origin),
                    Constants.ToText(found.Maximum),
                    "what is masked becomes infinite",
                    $"write 'torch.finfo(dtype).{(constant.Number < 0 ? "min" : "max")}', or mask with 'masked_fill'");
                return;
            }
        }
    }

    private static IEnumerable<IOperation> Factors(OperationContext context)
        => context.Invocation is { } call
            ? call.Arguments.Select(static argument => argument.Value).Append(call.Instance).OfType<IOperation>()
            : context.Tensors;

    /// <summary>Whether a tensor is made of flags: cast from booleans, one minus something, or ones of which a triangle is taken.</summary>
    private static bool IsMask(IOperation factor, OperationContext context)
        => Sources.Of(factor, context).Any(source => source switch
        {
            IBinaryOperation { OperatorKind: BinaryOperatorKind.Subtract, OperatorMethod: not null, LeftOperand: var one } => Constants.Of(one, context.Flow) == 1,
            IInvocationOperation { TargetMethod: var made } when made.IsTorchSharps() && Factory.MakesZerosAndOnes(made.Name) => true,
            { Type: { } type } when type.IsTensorOrDerived() => context.Flow.Of(source).In(Dtypes.Bool) is not null,
            _ => false,
        });

    /// <summary>A mask in a buffer or a parameter that was filled before the storage made it 16-bit.</summary>
    private static void AnalyzeBuffers(OperationContext context)
    {
        foreach (var operand in context.Tensors)
        {
            if (StoredTensor.Find(operand.WithoutConversions(), context, isParameterToo: true) is { } stored
                && Fills.Find(operand, number => IsOutside(number, stored), context) is { } fill)
            {
                var name = ((IMemberReferenceOperation)operand.WithoutConversions()).Member.Name;
                context.ReportMember(
                    [operand],
                    CastBack.Of(context.Operation, context.Flow),
                    Rule,
                    stored,
                    context.Name,
                    Constants.ToText(fill),
                    (stored.Dtypes & Dtypes.SixteenBit).ToText(),
                    stored.Where,
                    $" (stored in '{name}')",
                    Constants.ToText(stored.Dtypes.Overlaps(Dtypes.Float16) ? Constants.Float16Maximum : Constants.BFloat16Maximum),
                    "it becomes infinite",
                    $"fill with 'torch.finfo(dtype).{(fill < 0 ? "min" : "max")}' of the 16-bit dtype, or mark '{name}' [FullPrecision]");
                return;
            }
        }
    }

    private static bool IsOutside(double number, Finding stored)
        => Math.Abs(number) > (stored.Dtypes.Overlaps(Dtypes.Float16) ? Constants.Float16Maximum : Constants.BFloat16Maximum) && !double.IsInfinity(number);

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
