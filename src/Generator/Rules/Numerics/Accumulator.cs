using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>What an operation adds to and writes back, in the spellings <c>a += x</c>, <c>a = a + x</c>, <c>a.add_(x)</c> and <c>a.mul_(d).add_(x)</c>.</summary>
/// <param name="Target">What is added to.</param>
/// <param name="Added">What is added; null where that is not one expression.</param>
/// <param name="IsInPlace">Whether the tensor itself is written; else another one takes its place.</param>
internal sealed record Accumulator(IOperation Target, IOperation? Added, bool IsInPlace)
{
    /// <summary>The accumulator of an operation; null where it writes back to nothing.</summary>
    public static Accumulator? Of(OperationContext context)
    {
        var row = context.Row!;
        switch (context.Operation)
        {
            case ICompoundAssignmentOperation assignment:
                return new(assignment.Target, assignment.Value, IsInPlace: false);
            case IInvocationOperation call when row.Has(OperationTraits.InPlace):
                var target = call.Instance ?? call.Arguments.FirstOrDefault()?.Value;
                return target is null ? null : new(Scaled(target), Other(call), IsInPlace: true);
            case var operation when Assigned(operation) is { } name:
                return operation switch
                {
                    IBinaryOperation { LeftOperand: var left, RightOperand: var right } => IsSame(left, name) ? new(left, right, IsInPlace: false)
                        : IsSame(right, name) ? new(right, left, IsInPlace: false)
                        : Scaled(left, name) is { } first ? new(first, right, IsInPlace: false)
                        : Scaled(right, name) is { } second ? new(second, left, IsInPlace: false)
                        : null,
                    IInvocationOperation call when (call.Instance ?? call.Arguments.FirstOrDefault()?.Value) is { } first && IsSame(first, name)
                        => new(first, Other(call), IsInPlace: false),
                    _ => null,
                };
            default:
                return null;
        }
    }

    /// <summary>The factor of a product that a name is; null where there is none.</summary>
    private static IOperation? Scaled(IOperation expression, IOperation name) => expression.WithoutConversions() switch
    {
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Multiply, LeftOperand: var left, RightOperand: var right }
            => IsSame(left, name) ? left : IsSame(right, name) ? right : null,
        IInvocationOperation { Instance: { } first } call
            when OperationTable.Find(call.TargetMethod)?.Has(OperationTraits.Multiplication) == true && IsSame(first, name) => first,
        _ => null,
    };

    /// <summary>What is scaled in place before something is added to it.</summary>
    private static IOperation Scaled(IOperation target)
        => target.WithoutConversions() is IInvocationOperation { Instance: { } scaled } call
            && OperationTable.Find(call.TargetMethod) is { } row && row.Has(OperationTraits.InPlace) && row.Has(OperationTraits.Multiplication)
                ? scaled
                : target;

    /// <summary>What an assignment gives the result to; null where there is none.</summary>
    private static IOperation? Assigned(IOperation operation)
    {
        var value = operation;
        while (value.Parent is IConversionOperation conversion)
        {
            value = conversion;
        }

        return value.Parent is ISimpleAssignmentOperation { Target: var target } assignment && assignment.Value == value ? target : null;
    }

    private static bool IsSame(IOperation expression, IOperation name)
        => expression.WithoutConversions().Syntax.WithoutTrivia().IsEquivalentTo(name.Syntax.WithoutTrivia());

    private static IOperation? Other(IInvocationOperation call)
        => call.Arguments.Skip(call.Instance is null ? 1 : 0).LastOrDefault(static argument
            => argument.Parameter is { Name: not ("alpha" or "weight") } && argument.Value.WithoutConversions().ConstantValue is var constant
                && (argument.Parameter.Type.IsTensorOrDerived() || (argument.Parameter.Type.Name == "Scalar" && constant.HasValue)))?.Value;
}
