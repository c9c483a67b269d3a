using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Expressions whose exponential fits Float16 by the way they are written, also where a variable holds a part.</summary>
internal static class BoundedExpressions
{
    /// <summary>e to the power of this is Float16's largest number.</summary>
    private const double LargestExponent = 11.08;

    /// <summary>Whether an expression is small.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="isBelowEnough">Whether large negative numbers do no harm.</param>
    public static bool IsBounded(IOperation expression, bool isBelowEnough) => IsBounded(expression, isBelowEnough, LargestExponent);

    private static bool IsBounded(IOperation expression, bool isBelowEnough, double limit)
    {
        if (isBelowEnough && limit >= 0 && IsNotPositive(expression))
        {
            return true;
        }

        if (Scaled(expression) is (var inner, var factor))
        {
            return factor != 0 && IsBounded(inner, isBelowEnough && factor > 0, limit / Math.Abs(factor));
        }

        return expression.Resolved() switch
        {
            IInvocationOperation call when RowOf(call) is { } row
                => (row.Has(OperationTraits.Bounded) && limit >= 1) || (row.Has(OperationTraits.Clamp) && IsClampedTight(call, isBelowEnough, limit)),

            // What is subtracted is at least as large: the way in which a softmax is written by hand.
            IBinaryOperation { OperatorKind: BinaryOperatorKind.Subtract, RightOperand: var right } when isBelowEnough && IsMaximum(right) => true,
            IBinaryOperation { OperatorKind: BinaryOperatorKind.Add or BinaryOperatorKind.Subtract, LeftOperand: var left, RightOperand: var right } sum
                => Constants.Written(left) is { } first
                    ? IsBounded(right, isBelowEnough && sum.OperatorKind is BinaryOperatorKind.Add, limit - Math.Abs(first))
                    : Constants.Written(right) is { } second && IsBounded(left, isBelowEnough, limit - Math.Abs(second)),
            _ => false,
        };
    }

    /// <summary>Whether an expression is nowhere above 0, as the exponents of a Gaussian are.</summary>
    private static bool IsNotPositive(IOperation expression)
    {
        switch (expression.Resolved())
        {
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus, Operand: var operand }:
                return IsNotNegative(operand);
            case IInvocationOperation call when RowOf(call) is { } row && (row.Has(OperationTraits.BoundedAbove) || row.Has(OperationTraits.Negation)):
                return row.Has(OperationTraits.BoundedAbove) || (Operand(call) is { } negated && IsNotNegative(negated));
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply, LeftOperand: var left, RightOperand: var right }
                when Scaled(left) is (var inner, < 0) && SyntaxFactory.AreEquivalent(inner.Syntax, right.Syntax): // -0.5 * x * x
                return true;
            case var current:
                return Scaled(current) is (var scaled, var factor) && (factor > 0 ? IsNotPositive(scaled) : factor < 0 && IsNotNegative(scaled));
        }
    }

    private static bool IsNotNegative(IOperation expression) => expression.Resolved() switch
    {
        IInvocationOperation call when RowOf(call) is { } row
            => row.Has(OperationTraits.NotNegative) || (row.Has(OperationTraits.Power) && Constant(call, "exponent") is { } power && power % 2 == 0),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply, LeftOperand: var left, RightOperand: var right }
            when SyntaxFactory.AreEquivalent(left.Syntax, right.Syntax) => true,
        var current => Scaled(current) is (var inner, > 0) && IsNotNegative(inner),
    };

    /// <summary>The tensor and the number of <c>2 * x</c>, <c>x * 2</c> and <c>x / 2</c>; null where an expression is none.</summary>
    private static (IOperation Tensor, double Factor)? Scaled(IOperation expression) => expression.Resolved() switch
    {
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply, LeftOperand: var left, RightOperand: var right }
            => Constants.Written(left) is { } first ? (right, first) : Constants.Written(right) is { } second ? (left, second) : null,
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Divide, LeftOperand: var left, RightOperand: var right }
            => Constants.Written(right) is { } divisor && divisor != 0 ? (left, 1 / divisor) : null,
        _ => null,
    };

    private static bool IsClampedTight(IInvocationOperation call, bool isBelowEnough, double limit)
        => Constant(call, "max") is { } max && max <= limit
            && (isBelowEnough || Constant(call, "min") is { } min && min >= -limit);

    private static bool IsMaximum(IOperation expression) => expression.Resolved() switch
    {
        IInvocationOperation call => RowOf(call)?.Has(OperationTraits.Maximum) == true,
        IFieldReferenceOperation { Instance: { } tuple } => IsMaximum(tuple),
        _ => expression.WithoutConversions() is ILocalReferenceOperation { Local.Name: var name } && name.IndexOf("max", StringComparison.OrdinalIgnoreCase) >= 0,
    };

    private static Operation? RowOf(IInvocationOperation call) => OperationTable.Find(call.TargetMethod, call.Instance?.Type);

    private static IOperation? Operand(IInvocationOperation call) => call.Instance ?? call.Arguments.FirstOrDefault()?.Value;

    private static double? Constant(IInvocationOperation call, string parameter)
        => call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == parameter) is { Value: var value } ? Constants.Written(value) : null;
}
