using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Transfer;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>A matrix product of two activations.</summary>
/// <param name="Call">The call: of a TorchSharp member, or of a helper that does nothing else.</param>
/// <param name="Factor">The factor that can be scaled instead of the product.</param>
/// <param name="IsAlone">Whether nothing else goes in.</param>
/// <param name="Added">What is added to the product, and can be scaled too; null where nothing is.</param>
internal sealed record Product(IInvocationOperation Call, IOperation Factor, bool IsAlone, IOperation? Added = null);

/// <summary>Finds the products that expressions stand for: behind variables, views and casts, and in helpers of a line.</summary>
internal sealed class Products(FlowContext context, CancellationToken token)
{
    private const string EquationParameter = "equation";

    /// <summary>The factor of a product that something is added to.</summary>
    private const string FactorParameter = "alpha";

    /// <summary>The product that an expression gives; null where it is none, or one whose factors cannot make it large.</summary>
    public Product? Of(IOperation expression) => Of(expression, isHelper: false);

    private Product? Of(IOperation expression, bool isHelper)
    {
        var operation = Through(expression);
        return operation is not IInvocationOperation call ? null
            : !call.TargetMethod.IsTorchSharps() ? isHelper ? null : OfHelper(call)
            : OperationTable.Find(call.TargetMethod, call.Instance?.Type) is { Member: not OperationTable.Forward } row
                && row.Has(OperationTraits.MatrixProduct)
                && !row.Has(OperationTraits.Promotes | OperationTraits.FusedLinear | OperationTraits.InPlace)
                && Operands(call) is { Length: >= 2 } operands
                && (!call.Arguments.Any(static argument => argument.Parameter?.Name == EquationParameter)
                    || Einsum.Contracts(call.Arguments[0].Value, operands.Length) is true)
                && operands.Skip(operands.Length - 2).All(static operand => !IsWeight(operand) && !IsBounded(operand))
                    ? IsAdded(call, operands) ? new Product(call, operands[2], IsAlone: false, operands[0])
                        : new Product(call, operands[operands.Length - 2], operands.Length == 2)
                    : null;
    }

    /// <summary>
    /// Whether the first operand is added to the product of the others. TorchSharp's baddbmm adds the last one to the product of the first two:
    /// to scale the first and the last is right either way.
    /// </summary>
    private static bool IsAdded(IInvocationOperation call, IOperation[] operands)
        => operands.Length == 3 && call.TargetMethod.Parameters.Any(static parameter => parameter.Name == FactorParameter);

    /// <summary>A method of the project that returns the product of two of its parameters.</summary>
    private Product? OfHelper(IInvocationOperation call)
        => !call.TargetMethod.IsVirtual && !call.TargetMethod.IsOverride && !call.TargetMethod.IsAbstract
            && context.BodyOf(call.TargetMethod.ReducedFrom ?? call.TargetMethod, token)?.Root is IMethodBodyOperation body
            && (body.BlockBody ?? body.ExpressionBody) is { Operations: [IReturnOperation { ReturnedValue: { } result }] }
            && Of(result, isHelper: true) is { IsAlone: true, Factor: var left }
            && Through(left) is IParameterReferenceOperation { Parameter: var parameter }
            && ArgumentOf(call, parameter) is { } argument
            && call.Arguments.Select(static given => given.Value).Concat(call.Instance is { } instance ? [instance] : [])
                .All(static operand => !IsWeight(operand) && !IsBounded(operand))
                ? new Product(call, argument, IsAlone: true)
                : null;

    private static IOperation? ArgumentOf(IInvocationOperation call, IParameterSymbol parameter)
        => call.Arguments.FirstOrDefault(argument => argument.Parameter?.Ordinal == parameter.Ordinal && argument.ArgumentKind is ArgumentKind.Explicit)?.Value;

    /// <summary>The tensors that go in, with those of a list one by one.</summary>
    private static IOperation[] Operands(IInvocationOperation call)
        => [.. (call.Instance is { } instance ? new[] { instance } : [])
            .Concat(call.Arguments.SelectMany(static argument => argument.Value.WithoutConversions() switch
            {
                IArrayCreationOperation { Initializer.ElementValues: var elements } => elements,
                ICollectionExpressionOperation { Elements: var elements } => elements,
                _ => [argument.Value],
            }))
            .Where(static operand => operand.WithoutConversions().Type?.IsTensorOrDerived() == true)];

    /// <summary>Weights are small numbers, and linear layers scale what they give.</summary>
    private static bool IsWeight(IOperation operand) => Through(operand).Type is { Name: "Parameter" } type && type.IsTorchSharps();

    private static bool IsBounded(IOperation operand)
        => Through(operand) is IInvocationOperation call && OperationTable.Find(call.TargetMethod, call.Instance?.Type)?.Has(OperationTraits.Bounded) == true;

    /// <summary>The variable that an expression is, or is a view or a cast of; null where it is none.</summary>
    public static ILocalReferenceOperation? VariableIn(IOperation expression)
    {
        var operation = expression.WithoutConversions();
        while (Base(operation) is { } inner)
        {
            operation = inner.WithoutConversions();
        }

        return operation as ILocalReferenceOperation;
    }

    /// <summary>What an expression is a view or a cast of, or a variable for.</summary>
    private static IOperation Through(IOperation expression)
    {
        var operation = expression.Resolved();
        while (Base(operation) is { } inner)
        {
            operation = inner.Resolved();
        }

        return operation;
    }

    /// <summary>The tensor that an operation is a view or a cast of; null where it is none.</summary>
    private static IOperation? Base(IOperation operation) => operation switch
    {
        IInvocationOperation call when call.TargetMethod.IsTorchSharps()
            && (Casts.Contains(call.TargetMethod.Name) || OperationTable.Find(call.TargetMethod)?.Has(OperationTraits.Layout) == true)
            && (call.Instance ?? call.Arguments.FirstOrDefault()?.Value) is { } inner && inner.WithoutConversions().Type?.IsTensorOrDerived() == true => inner,
        IPropertyReferenceOperation { Instance: { Type: { } type } inner, Property: var property }
            when property.IsTorchSharps() && type.IsTensorOrDerived() && property.Type.IsTensorOrDerived() => inner, // x.T and its like
        _ => null,
    };
}
