using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>
/// Conditions by their text, so that a second <c>if</c> that asks the same is known to go the same way. One that asks something which
/// changes by itself is taken to stay: that leaves out paths and adds none.
/// </summary>
internal static class Conditions
{
    /// <summary>A condition's text, and whether the condition is its negation.</summary>
    public static (string Text, bool IsNegated) Read(IOperation condition)
    {
        switch (condition.WithoutConversions())
        {
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not, Operand: var operand }:
                return Read(operand) is var (text, isNegated) ? (text, !isNegated) : default;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals } comparison:
                var isUnequal = comparison.OperatorKind is BinaryOperatorKind.NotEquals;
                return IsNull(comparison.RightOperand)
                    ? (Null(comparison.LeftOperand), isUnequal)
                    : ($"{Text(comparison.LeftOperand)}=={Text(comparison.RightOperand)}", isUnequal);
            case IIsNullOperation { Operand: var operand }:
                return (Null(operand), false);
            case IIsPatternOperation { Value: var value, Pattern: var pattern }:
                return Pattern(value, pattern) ?? (Text(condition), false);
            default:
                return (Text(condition), false);
        }
    }

    /// <summary>The condition that a value is null.</summary>
    public static string Null(IOperation value) => Text(value) + "==null";

    private static (string Text, bool IsNegated)? Pattern(IOperation value, IPatternOperation pattern) => pattern switch
    {
        IConstantPatternOperation { Value: var constant } when IsNull(constant) => (Null(value), false),
        INegatedPatternOperation { Pattern: var inner } when Pattern(value, inner) is var (text, isNegated) => (text, !isNegated),
        IRecursivePatternOperation { DeconstructionSubpatterns.IsEmpty: true, PropertySubpatterns.IsEmpty: true } => (Null(value), true),
        _ => null,
    };

    private static bool IsNull(IOperation operation) => operation.WithoutConversions().ConstantValue is { HasValue: true, Value: null };

    private static string Text(IOperation operation)
        => string.Concat(operation.Syntax.DescendantTokens().Select(static token => token.Text));
}
