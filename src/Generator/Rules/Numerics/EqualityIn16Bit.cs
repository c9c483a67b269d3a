using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>PRC1017: 16-bit values are compared for equality, or with a tolerance that is smaller than their rounding.</summary>
internal sealed class EqualityIn16Bit : IOperationRule
{
    public static readonly DiagnosticDescriptor Rule = new(
        RuleIdentifiers.EqualityIn16Bit,
        title: "Equality of 16-bit values",
        messageFormat: "'{0}' compares {1}{2}{3}: {4}; {5}",
        RuleCategories.Numerics,
        DiagnosticSeverity.Info,
        isEnabledByDefault: true,
        description: "16-bit values have 2 to 3 digits. Different numbers become equal, and results that should agree differ in the last digit.",
        helpLinkUri: RuleIdentifiers.HelpLink(RuleIdentifiers.EqualityIn16Bit));

    private const Dtypes Real = Dtypes.SixteenBit | Dtypes.Float32 | Dtypes.Float64;

    /// <inheritdoc/>
    public IEnumerable<string> OtherMembers => Comparisons.Members;

    /// <inheritdoc/>
    public bool Concerns(Operation operation) => Comparisons.Members.Contains(operation.Member);

    /// <inheritdoc/>
    public void Analyze(OperationContext context)
    {
        if (Sides(context.Operation) is not (var left, var right))
        {
            return;
        }

        if (IsTensor(left) && IsTensor(right))
        {
            AnalyzeTensors(context, left, right);
        }
        else
        {
            var (tensor, number) = IsTensor(left) ? (left, right) : (right, left);
            if (Constants.Of(number, context.Flow) is { } constant
                && context.Flow.Of(tensor).In(Dtypes.SixteenBit) is { } finding
                && !Constants.IsExact(constant, finding.Dtypes))
            {
                Report(
                    context,
                    finding,
                    $"{Constants.ToText(constant)} is not exact in that dtype, and nearby values round to the same number",
                    "compare in float32, or with a tolerance");
            }
        }
    }

    private static void AnalyzeTensors(OperationContext context, IOperation left, IOperation right)
    {
        var (first, second) = (context.Flow.Of(left), context.Flow.Of(right));
        if ((first.In(Dtypes.SixteenBit) ?? second.In(Dtypes.SixteenBit)) is not { } finding || first.In(Real) is null || second.In(Real) is null)
        {
            return;
        }

        if (Comparisons.TakesTolerance(context.Method.Name))
        {
            var step = Constants.StepAtOne(finding.Dtypes);
            var tolerance = Tolerance(context, Comparisons.Relative) ?? double.MaxValue;
            if (tolerance < step && Tolerance(context, Comparisons.Absolute) < step)
            {
                Report(
                    context,
                    finding,
                    $"the relative tolerance of {Constants.ToText(tolerance)} is below the spacing of the dtype",
                    $"pass '{Comparisons.Relative}: {Tolerances.Text(finding.Dtypes)}'",
                    context.Argument(Comparisons.Relative) ?? context.Operation);
            }
        }
        else if (!AreMeantToBeEqual(left, right))
        {
            Report(
                context,
                finding,
                first.In(Dtypes.SixteenBit) is null || second.In(Dtypes.SixteenBit) is null
                    ? "a rounded value rarely equals an exact one"
                    : "rounding makes different values equal, and equal values different",
                $"use 'isclose' with '{Comparisons.Relative}: {Tolerances.Text(finding.Dtypes)}', or compare in float32");
        }
    }

    private static void Report(OperationContext context, Finding finding, string consequence, string remedy, IOperation? place = null)
        => context.ReportMoving(
            place is null ? [] : [place],
            Rule,
            finding,
            severity: null,
            back: null,
            form: null,
            context.Name,
            finding.Dtypes.ToText(),
            finding.Where,
            context.OriginText(finding.Origin),
            consequence,
            remedy);

    /// <summary>The constant that a tolerance is, by default too; null where it is none.</summary>
    private static double? Tolerance(OperationContext context, string parameter)
        => Constants.Of(context.Invocation?.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == parameter)?.Value, context.Flow);

    /// <summary>
    /// One side is the other, which finds NaN, or one of its elements, as its largest; or one holds whole numbers, or those of a factory.
    /// </summary>
    private static bool AreMeantToBeEqual(IOperation left, IOperation right)
        => SyntaxFactory.AreEquivalent(left.Syntax, right.Syntax) || IsPicked(left) || IsPicked(right);

    private static bool IsPicked(IOperation side)
        => (side.Resolved() is IFieldReferenceOperation { Instance: { } tuple } && IsPicked(tuple))
            || (side.WithoutConversions() is IInvocationOperation { TargetMethod: var made } && made.IsTorchSharps()
                && Factory.Find(made.Name) is { Kind: not (FactoryKind.Same or FactoryKind.Data) })
            || (side.Resolved() is IInvocationOperation call && OperationTable.Find(call.TargetMethod, call.Instance?.Type) is { } row
                && (row.Has(OperationTraits.Whole | OperationTraits.Maximum) || (row.Rank is ResultRank.Reduced && !row.Has(OperationTraits.Reduction))));

    private static bool IsTensor(IOperation operand) => operand.WithoutConversions().Type?.IsTensorOrDerived() == true;

    private static (IOperation Left, IOperation Right)? Sides(IOperation operation) => operation switch
    {
        IBinaryOperation binary => (binary.LeftOperand, binary.RightOperand),
        IInvocationOperation { Instance: { } instance, Arguments: [var argument, ..] } => (instance, argument.Value),
        IInvocationOperation { Arguments: [var first, var second, ..] } => (first.Value, second.Value),
        _ => null,
    };
}
