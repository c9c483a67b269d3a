using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>PRC1003: a function that grows fast, in Float16. BFloat16 has float32's range and is no matter of this rule.</summary>
internal sealed class OverflowInFloat16 : IOperationRule
{
    /// <summary>e to the power of this is Float16's largest number.</summary>
    private const double LargestExponent = 11.08;

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
                { } limit when limit == Math.Floor(limit) => $"inputs of {Constants.ToText(limit)} and more overflow",
                { } limit => $"inputs above {Constants.ToText(limit)} overflow",
            },
            context.Row.Has(OperationTraits.InPlace) ? "compute it in float32, not in place" : context.Float32Remedy);
    }

    private static bool IsHarmless(OperationContext context, IOperation input)
    {
        var row = context.Row!;
        return !row.Has(OperationTraits.NoSafeInput)
            && (row.Has(OperationTraits.Power)
                ? Exponent(context) is >= -1 and <= 1 || IsBounded(input, isBelowEnough: false)
                : IsBounded(input, isBelowEnough: !row.Has(OperationTraits.GrowsBothWays)));
    }

    private static double? Exponent(OperationContext context)
        => context.Argument("exponent") is { } exponent && exponent.WithoutConversions().ConstantValue is { HasValue: true, Value: IConvertible number and not string }
            ? number.ToDouble(System.Globalization.CultureInfo.InvariantCulture)
            : null;

    /// <summary>Whether an expression is small by the way it is written.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="isBelowEnough">Whether large negative numbers do no harm.</param>
    public static bool IsBounded(IOperation expression, bool isBelowEnough) => expression.WithoutConversions() switch
    {
        IInvocationOperation call when RowOf(call) is { } row
            => row.Has(OperationTraits.Bounded)
                || (row.Has(OperationTraits.BoundedAbove) && isBelowEnough)
                || (row.Has(OperationTraits.Clamp) && IsClampedTight(call, isBelowEnough))
                || (row.Has(OperationTraits.Negation) && isBelowEnough && IsNotNegative(Operand(call))),
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus, Operand: var operand } => isBelowEnough && IsNotNegative(operand),

        // What is subtracted is at least as large: the way in which a softmax is written by hand.
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Subtract, RightOperand: var right } => isBelowEnough && IsMaximum(right),
        _ => false,
    };

    private static bool IsClampedTight(IInvocationOperation call, bool isBelowEnough)
        => Constant(call, "max") is { } max && max <= LargestExponent
            && (isBelowEnough || Constant(call, "min") is { } min && min >= -LargestExponent);

    private static bool IsNotNegative(IOperation? expression) => expression?.WithoutConversions() switch
    {
        IInvocationOperation call when RowOf(call) is { } row
            => row.Has(OperationTraits.NotNegative)
                || (row.Has(OperationTraits.Power) && Constant(call, "exponent") is { } power && power % 2 == 0),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply, LeftOperand: var left, RightOperand: var right }
            => SyntaxFactory.AreEquivalent(left.Syntax, right.Syntax),
        _ => false,
    };

    private static bool IsMaximum(IOperation expression) => expression.Resolved() switch
    {
        IInvocationOperation call => RowOf(call)?.Has(OperationTraits.Maximum) == true,
        IFieldReferenceOperation { Instance: { } tuple } => IsMaximum(tuple),
        _ => expression.WithoutConversions() is ILocalReferenceOperation { Local.Name: var name } && name.IndexOf("max", StringComparison.OrdinalIgnoreCase) >= 0,
    };

    private static Operation? RowOf(IInvocationOperation call) => OperationTable.Find(call.TargetMethod, call.Instance?.Type);

    private static IOperation? Operand(IInvocationOperation call) => call.Instance ?? call.Arguments.FirstOrDefault()?.Value;

    private static double? Constant(IInvocationOperation call, string parameter)
        => call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == parameter)?.Value.WithoutConversions().ConstantValue
            is { HasValue: true, Value: IConvertible number and not string }
            ? number.ToDouble(System.Globalization.CultureInfo.InvariantCulture)
            : null;
}
