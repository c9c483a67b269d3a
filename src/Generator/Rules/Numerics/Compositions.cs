using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>A function that is composed of steps, of which one rounds away what the next needs.</summary>
/// <param name="Member">The member of tensors that computes it in one step.</param>
/// <param name="Inner">The step whose result is rounded.</param>
/// <param name="Input">What goes into the first step.</param>
/// <param name="IsNegated">Whether the member takes the negative of that.</param>
/// <param name="Sum">The sum between the first step and the last; null where there is none.</param>
internal sealed record Composition(string Member, IOperation Inner, IOperation Input, bool IsNegated = false, IInvocationOperation? Sum = null)
{
    /// <summary>What is lost, for a message.</summary>
    public string Consequence => Member switch
    {
        StableMembers.LogSoftmax => "probabilities that round to 0 give -infinity",
        StableMembers.LogSigmoid => $"values that round to {(IsNegated ? 1 : 0)} give -infinity",
        StableMembers.LogSumExp => "the exponentials overflow",
        StableMembers.Expm1 => "inputs near 0 lose their digits",
        _ => "small inputs vanish beside 1",
    };
}

/// <summary>Finds such functions, also where a variable holds the result of a step.</summary>
internal static class Compositions
{
    /// <summary>The function that an operation is the last step of; null where it is of none.</summary>
    public static Composition? Of(OperationContext context)
    {
        if (context.Row is not { } row)
        {
            return null;
        }

        if (row.Has(OperationTraits.Difference))
        {
            return Terms(context.Operation) is (var power, _, var subtracted) && IsOne(subtracted)
                && Step(power, OperationTraits.Exponential) is (var exponential, _, var exponent)
                    ? new(StableMembers.Expm1, exponential, exponent)
                    : null;
        }

        if (!row.Has(OperationTraits.NaturalLogarithm) || context.Input?.Resolved() is not { } inner)
        {
            return null;
        }

        return inner switch
        {
            _ when Terms(inner) is (var left, var isDifference, var right)
                => IsOne(left) && isDifference
                    ? Step(right, OperationTraits.Sigmoid) is (var probability, _, var logit)
                        ? new(StableMembers.LogSigmoid, probability, logit, IsNegated: true)
                        : new(StableMembers.Log1p, inner, right, IsNegated: true)
                    : IsOne(left) ? new(StableMembers.Log1p, inner, right)
                    : IsOne(right) && !isDifference ? new(StableMembers.Log1p, inner, left)
                    : null,
            _ when Step(inner, OperationTraits.Probabilities) is (var softmax, _, var logits) => new(StableMembers.LogSoftmax, softmax, logits),
            _ when Step(inner, OperationTraits.Sigmoid) is (var sigmoid, _, var logits) => new(StableMembers.LogSigmoid, sigmoid, logits),

            // Of the members that add up to fewer elements, only the plain sum can be told its dtype.
            _ when Step(inner, OperationTraits.Total) is (var sum, { Rank: ResultRank.Reduced, DtypeParameter: not null }, var terms)
                && Step(terms, OperationTraits.Exponential) is (var exponentials, _, var exponent)
                && !BoundedExpressions.IsBounded(exponent, isBelowEnough: true) // the largest is subtracted by hand
                => new(StableMembers.LogSumExp, exponentials, exponent, Sum: sum),
            _ => null,
        };
    }

    /// <summary>A call with a trait, and the tensor that goes in; null where an expression is none.</summary>
    public static (IInvocationOperation Call, Operation Row, IOperation Input)? Step(IOperation expression, OperationTraits trait)
        => expression.Resolved() is IInvocationOperation call && call.TargetMethod.IsTorchSharps()
            && OperationTable.Find(call.TargetMethod, call.Instance?.Type) is { } row && row.Has(trait)
            && InputOf(call) is { } input
                ? (call, row, input)
                : null;

    /// <summary>The tensor that a call is made on, or its first argument.</summary>
    private static IOperation? InputOf(IInvocationOperation call)
        => call.Instance is { Type: { } type } instance && type.IsTensorOrDerived() ? instance
            : call.Arguments.FirstOrDefault(static argument => argument.Parameter?.Ordinal == 0)?.Value;

    /// <summary>The two terms of a sum or difference, in the operator's or a member's spelling; null where an expression is none.</summary>
    private static (IOperation Left, bool IsDifference, IOperation Right)? Terms(IOperation operation) => operation switch
    {
        IBinaryOperation { OperatorMethod: { } method } binary when Sum(method) is { } row
            => (binary.LeftOperand, row.Has(OperationTraits.Difference), binary.RightOperand),
        IInvocationOperation { Instance: { } instance, Arguments: [var argument] } call when Sum(call.TargetMethod) is { } row
            => (instance, row.Has(OperationTraits.Difference), argument.Value),
        IInvocationOperation { Instance: null, Arguments: [var first, var second] } call when Sum(call.TargetMethod) is { } row
            => (first.Value, row.Has(OperationTraits.Difference), second.Value),
        _ => null,
    };

    private static Operation? Sum(IMethodSymbol method)
        => method.IsTorchSharps() && OperationTable.Find(method) is { } row && row.Has(OperationTraits.Sum) && !row.Has(OperationTraits.InPlace) ? row : null;

    private static bool IsOne(IOperation operation)
        => operation.WithoutConversions() is { ConstantValue: { HasValue: true, Value: 1 or 1L or 1f or 1d } };
}
