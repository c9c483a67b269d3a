using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>
/// Follows an expression back to numbers in equal steps: through casts, layout, sums, factors, and names that are assigned once. Whole numbers
/// are found by their use too: places in a tensor.
/// </summary>
internal sealed class Positions(OperationContext context)
{
    private const int MaximumDepth = 24;

    /// <summary>What an expression holds; null where nothing shows that it holds numbers in equal steps.</summary>
    public Steps? Of(IOperation? expression) => expression is null ? null : Of(expression, 0);

    /// <summary>A number that the code shows; null for others.</summary>
    public double? Number(IOperation? expression) => expression is null ? null : Number(expression, 0);

    private Steps? Of(IOperation expression, int depth) => depth > MaximumDepth ? null : expression.WithoutConversions() switch
    {
        // As many as a constructor was told: the size of something in the model, of which there are few.
        IFieldReferenceOperation { Field.ContainingType.IsTupleType: false } field => Behind(field, depth) is { Count: not null } steps ? steps : null,
        _ => Behind(expression, depth),
    };

    private Steps? Behind(IOperation expression, int depth) => context.Behind(expression) switch
    {
        IInvocationOperation { TargetMethod: var method } call when method.IsTorchSharps() => OfCall(call, depth + 1),
        IBinaryOperation { OperatorKind: BinaryOperatorKind.Remainder, LeftOperand: var left, RightOperand: var right }
            => Of(left, depth + 1) is { } whole ? whole with { Largest = Number(right) } : null,
        IBinaryOperation { OperatorMethod: { } method } binary when method.IsTorchSharps() && OperationTable.Find(method) is { } row
            => OfPair(row, binary.LeftOperand, binary.RightOperand, depth + 1),
        IInvocationOperation { TargetMethod: { IsExtensionMethod: true, ContainingNamespace: { } space }, Arguments: [{ Value: var sequence }, ..] }
            when space.IsSystems() => Of(sequence, depth + 1),
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus, Operand: var operand } => Of(operand, depth + 1),
        IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } owner } => Of(owner, depth + 1),
        IFieldReferenceOperation { Instance: { } tuple, Field.ContainingType.IsTupleType: true } => Of(tuple, depth + 1),
        IArrayElementReferenceOperation { ArrayReference: var array } => Of(array, depth + 1),
        IArrayCreationOperation { Initializer.ElementValues: var elements } => Largest(elements, depth),
        ICollectionExpressionOperation { Elements: var elements } => Largest(elements, depth),
        _ => null,
    };

    private Steps? OfCall(IInvocationOperation call, int depth)
    {
        var name = call.TargetMethod.Name;
        var operand = call.Instance ?? call.Arguments.FirstOrDefault()?.Value;
        if (Factory.StepsOf(name) is { } parameters)
        {
            return OfRange(call, parameters);
        }

        if (operand is null)
        {
            return null;
        }

        if (OperationTable.Find(call.TargetMethod, call.Instance?.Type) is not { } row)
        {
            return Casts.Contains(name) || Factory.Find(name) is { Kind: FactoryKind.Same } ? Of(operand, depth) : null;
        }

        return row switch
        {
            { Result: ResultDtype.Int64 } => row.Has(OperationTraits.Indices | OperationTraits.Selection) || row.Rank is ResultRank.Unknown ? null : Steps.Whole,
            _ when row.Has(OperationTraits.Layout | OperationTraits.Joint | OperationTraits.Negation) => Of(operand, depth),
            _ when row.Has(OperationTraits.Sum | OperationTraits.Multiplication | OperationTraits.Division)
                => OfPair(row, operand, call.Arguments[call.Instance is null ? 1 : 0].Value, depth),
            _ when row.Has(OperationTraits.Clamp)
                => Of(operand, depth) is { } clamped ? clamped with { Largest = Number(Argument(call, "max")) ?? clamped.Largest } : null,
            _ when row.Has(OperationTraits.Total) && row.Rank is ResultRank.Kept && context.Flow.Of(operand).In(Dtypes.Integral) is not null
                => Steps.Whole,
            _ => null,
        };
    }

    /// <summary>What a factory makes.</summary>
    private Steps? OfRange(IInvocationOperation call, StepParameters parameters)
    {
        var start = Argument(call, parameters.Start) is { } first ? Number(first) : 0;
        var stop = Number(Argument(call, parameters.Stop));
        var count = parameters.Count is null ? null : Number(Argument(call, parameters.Count));
        var step = parameters.Step is null ? (stop - start) / (count - 1)
            : Argument(call, parameters.Step) is { } written ? Number(written)
            : 1;
        if (step is null or 0)
        {
            return parameters.Count is null ? Steps.Whole : null;
        }

        var size = Math.Abs(step.Value);
        var last = parameters.Count is null ? Math.Abs(stop ?? double.NaN) - size : Math.Abs(stop ?? double.NaN);
        var largest = Math.Max(Math.Abs(start ?? double.NaN), last);
        return new(double.IsNaN(largest) ? null : largest, size);
    }

    /// <summary>A sum, difference, product or quotient. With another tensor only a sum of positions is one.</summary>
    private Steps? OfPair(Operation row, IOperation left, IOperation right, int depth)
    {
        var (a, b) = (Of(left, depth), Of(right, depth));
        if (a is { } first && b is { } second)
        {
            return row.Has(OperationTraits.Sum) ? first.Plus(second) : null;
        }

        return (a ?? b, a is null ? left : right) is ({ } steps, { } other) && !IsTensor(other)
            ? row.Has(OperationTraits.Sum) ? steps.Plus(Number(other, depth))
                : row.Has(OperationTraits.Division) && a is not null ? steps.Times(1 / Number(other, depth))
                : row.Has(OperationTraits.Division) ? null
                : steps.Times(Number(other, depth))
            : null;
    }

    private Steps? Largest(IEnumerable<IOperation> elements, int depth)
    {
        Steps? largest = null;
        foreach (var element in elements)
        {
            if (Of(element, depth + 1) is not { } steps)
            {
                return null;
            }

            largest = largest is { } known && (known.Count is null || known.Count >= steps.Count) ? known : steps;
        }

        return largest;
    }

    private double? Number(IOperation expression, int depth)
    {
        if (depth > MaximumDepth)
        {
            return null;
        }

        var written = context.Behind(expression);
        return written switch
        {
            _ when Constants.Of(written, context.Flow) is { } constant => constant,
            IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus, Operand: var operand } => -Number(operand, depth + 1),
            IBinaryOperation { OperatorMethod: null, LeftOperand: var left, RightOperand: var right } binary
                => (binary.OperatorKind, Number(left, depth + 1), Number(right, depth + 1)) switch
                {
                    (BinaryOperatorKind.Add, { } a, { } b) => a + b,
                    (BinaryOperatorKind.Subtract, { } a, { } b) => a - b,
                    (BinaryOperatorKind.Multiply, { } a, { } b) => a * b,
                    (BinaryOperatorKind.Divide, { } a, { } b) when b != 0 => a / b,
                    _ => null,
                },
            _ => null,
        };
    }

    private static bool IsTensor(IOperation operation) => operation.WithoutConversions().Type?.IsTensorOrDerived() == true;

    private static IOperation? Argument(IInvocationOperation call, string parameter)
        => call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name == parameter && argument.ArgumentKind is not ArgumentKind.DefaultValue)?.Value;
}
