using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Uses;

/// <summary>
/// What a body does with one of its variables that holds a tensor. What is no more than moved, reshaped or renamed is followed.
/// </summary>
internal sealed class TensorUses
{
    private const OperationTraits FloatingOnly = OperationTraits.MatrixProduct | OperationTraits.Convolution | OperationTraits.Attention
        | OperationTraits.Recurrent | OperationTraits.Loss | OperationTraits.Softmax | OperationTraits.Normalisation | OperationTraits.Logarithm
        | OperationTraits.SquareRoot;

    /// <summary>What the body itself shows.</summary>
    public TensorUse Shown { get; private set; }

    /// <summary>The variables that it is assigned to.</summary>
    public List<ISymbol> Copies { get; } = [];

    /// <summary>The methods and modules of the compilation that it is given to.</summary>
    public List<IArgumentOperation> Given { get; } = [];

    /// <summary>Notes a place that names the variable.</summary>
    public void Note(IOperation reference)
    {
        for (IOperation? value = reference; value is not null;)
        {
            value = Follow(value);
        }
    }

    /// <summary>Notes what is done with a value.</summary>
    /// <returns>The value that it goes on in; null where it ends.</returns>
    private IOperation? Follow(IOperation value)
    {
        switch (value.Parent)
        {
            case IConversionOperation { OperatorMethod: { } method }:
                return Show(method.ReturnType.Name == "TensorIndex" ? TensorUse.Index : TensorUse.Unknown);
            case IConversionOperation or IArrayInitializerOperation or IArrayCreationOperation or ICollectionExpressionOperation or ICoalesceOperation
                or IArgumentOperation { Parent: not IInvocationOperation } or ISwitchExpressionArmOperation or ISwitchExpressionOperation:
                return value.Parent is IArgumentOperation { Parent: var taker } ? Show(taker is IPropertyReferenceOperation ? TensorUse.Index : TensorUse.Unknown) : value.Parent;
            case IConditionalOperation conditional:
                return conditional.Condition == value ? null : conditional;
            case IConditionalAccessOperation access when access.Operation == value:
                return access.WhenNotNull.DescendantsAndSelf().OfType<IConditionalAccessInstanceOperation>().FirstOrDefault();
            case IConditionalAccessOperation access:
                return access;
            case IArgumentOperation { Parent: IInvocationOperation call } argument:
                return Argument(call, argument);
            case IInvocationOperation call:
                return call.TargetMethod.IsTorchSharps() ? Operand(call, OperationTable.Find(call.TargetMethod)) : Show(TensorUse.Unknown);
            case IPropertyReferenceOperation property:
                return property.Type?.IsTensorOrDerived() == true ? property : null;
            case IBinaryOperation binary:
                return Operator(binary, binary.LeftOperand == value ? binary.RightOperand : binary.LeftOperand);
            case IUnaryOperation unary:
                return unary.OperatorKind is UnaryOperatorKind.Minus ? unary : Show(TensorUse.Index);
            case IVariableInitializerOperation { Parent: IVariableDeclaratorOperation { Symbol: var local } }:
                Copies.Add(local);
                return null;
            case ISimpleAssignmentOperation assignment:
                return assignment.Target == value ? null : Assigned(assignment.Target);
            case ICompoundAssignmentOperation:
                return Show(TensorUse.Number);
            case ITupleOperation { Parent: IDeconstructionAssignmentOperation { Target: ITupleOperation targets, Value: ITupleOperation values } }
                when values.Elements.IndexOf(value) is >= 0 and var at && at < targets.Elements.Length:
                return Assigned(targets.Elements[at]);
            case ITupleOperation { Parent: IDeconstructionAssignmentOperation { Target: var targets } } when targets == value.Parent:
                return null;
            case IReturnOperation or IExpressionStatementOperation or INameOfOperation or IIsPatternOperation or IUsingOperation or IBlockOperation
                or IVariableDeclaratorOperation or null:
                return null;
            default:
                return Show(TensorUse.Unknown);
        }
    }

    private IOperation? Show(TensorUse use)
    {
        Shown |= use;
        return null;
    }

    private IOperation? Assigned(IOperation target)
    {
        switch (target)
        {
            case ILocalReferenceOperation { Local: var local }:
                Copies.Add(local);
                return null;
            case IParameterReferenceOperation { Parameter: var parameter }:
                Copies.Add(parameter);
                return null;
            case IDeclarationExpressionOperation { Expression: var declared }:
                return Assigned(declared);
            case IDiscardOperation:
                return null;
            default:
                return Show(TensorUse.Unknown);
        }
    }

    private IOperation? Operator(IBinaryOperation expression, IOperation other)
    {
        var isInteger = IsInteger(other);
        switch (expression.OperatorKind)
        {
            case BinaryOperatorKind.And or BinaryOperatorKind.Or or BinaryOperatorKind.ExclusiveOr or BinaryOperatorKind.Remainder:
                return Show(TensorUse.Index);
            case BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals or BinaryOperatorKind.GreaterThan or BinaryOperatorKind.GreaterThanOrEqual
                or BinaryOperatorKind.LessThan or BinaryOperatorKind.LessThanOrEqual:
                return other.WithoutConversions().ConstantValue is { HasValue: true, Value: null } ? null
                    : Show(isInteger ? TensorUse.Index
                        : other.WithoutConversions().Type?.IsTensorOrDerived() == true ? TensorUse.Unknown // of labels or positions, perhaps
                        : TensorUse.Number);
            default:
                // One more than an index is an index.
                Shown |= TensorUse.Number;
                return isInteger ? expression : null;
        }
    }

    /// <summary>A tensor that a member is called on, or that a function takes first.</summary>
    private IOperation? Operand(IInvocationOperation call, Operation? operation)
    {
        var method = call.TargetMethod;
        if (CastOf(call) is { } dtypes)
        {
            return dtypes.Overlaps(Dtypes.Integral) ? Show(TensorUse.Index) : null;
        }

        if (!method.ReturnType.IsTensorOrDerived())
        {
            return method.ReturnType.Name == "TensorIndex" || method.TypeArguments is [{ SpecialType: SpecialType.System_Int64 or SpecialType.System_Int32 or SpecialType.System_Boolean or SpecialType.System_Byte }]
                || method.Name is "ToInt32" or "ToInt64" or "ToBoolean" or "ToByte"
                ? Show(TensorUse.Index)
                : operation is null ? null : Show(operation.Has(FloatingOnly) ? TensorUse.Floating : TensorUse.Number);
        }

        if (operation is null || operation.Has(OperationTraits.Layout))
        {
            return call;
        }

        if (operation.Has(FloatingOnly))
        {
            return Show(TensorUse.Floating);
        }

        if (operation.Result is ResultDtype.Weight || operation.Has(OperationTraits.Indices))
        {
            return Show(TensorUse.Index);
        }

        var numbers = call.Arguments.Where(static argument => argument.Parameter?.Type.Name == "Scalar" && argument.ArgumentKind is ArgumentKind.Explicit).ToArray();
        var areIntegers = numbers.All(static argument => IsInteger(argument.Value));
        if (operation.Result is ResultDtype.Bool)
        {
            return Show(numbers.Length > 0 && areIntegers ? TensorUse.Index : TensorUse.Number);
        }

        Shown |= TensorUse.Number;
        return areIntegers && operation.Result is ResultDtype.Input or ResultDtype.Promoted ? call : null;
    }

    private IOperation? Argument(IInvocationOperation call, IArgumentOperation argument)
    {
        var method = call.TargetMethod;
        if (argument.Parameter is not { } parameter)
        {
            return Show(TensorUse.Unknown);
        }

        if (!method.IsTorchSharps())
        {
            return Give(argument, method.IsInSource());
        }

        if (method.Name is OperationTable.Forward or OperationTable.Call)
        {
            return OperationTable.Find(method, call.Instance?.Type) is not { } layer ? Give(argument, isHere: true)
                : Of(layer, parameter.Ordinal) is var use and not TensorUse.Number ? Show(use)
                : call;
        }

        if (parameter.Name is "index" or "indices" or "condition" or "offsets" || parameter.Name.EndsWith("mask", StringComparison.Ordinal)
            || parameter.Name.EndsWith("lengths", StringComparison.Ordinal))
        {
            return Show(TensorUse.Index);
        }

        if (CastOf(call) is not null)
        {
            return parameter.Ordinal == 0 && call.Instance is null ? Operand(call, null) : null;
        }

        var operation = OperationTable.Find(method);
        return parameter.Ordinal == 0 && call.Instance is null && parameter.Type.IsTensorOrDerived() ? Operand(call, operation)
            : operation?.Has(OperationTraits.Loss) == true ? Show(TensorUse.Unknown) // classes or values
            : operation?.Has(OperationTraits.Layout) == true ? call
            : Show(operation?.Has(FloatingOnly) == true ? TensorUse.Floating : operation?.Has(OperationTraits.Indices) == true ? TensorUse.Index : TensorUse.Number);
    }

    /// <summary>What it shows of a tensor that one of TorchSharp's modules takes it.</summary>
    public static TensorUse Of(Operation layer, int ordinal)
        => layer.Result is ResultDtype.Weight && !layer.Has(FloatingOnly) ? TensorUse.Index
            : layer.Has(FloatingOnly) ? (ordinal == 0 ? TensorUse.Floating : TensorUse.Unknown)
            : TensorUse.Number;

    private IOperation? Give(IArgumentOperation argument, bool isHere)
    {
        if (!isHere)
        {
            return Show(TensorUse.Unknown);
        }

        Given.Add(argument);
        return null;
    }

    /// <summary>The dtypes that a call casts a tensor to, none where it does not say them; null where it is no cast to a dtype.</summary>
    private static Dtypes? CastOf(IInvocationOperation call)
    {
        var name = call.TargetMethod.Name;
        if (!Casts.Contains(name) || !call.TargetMethod.ReturnType.IsTensorOrDerived())
        {
            return null;
        }

        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter?.Name is { } parameter && (parameter == Casts.DtypeParameter(name) || parameter == Casts.ExampleParameter(name)))
            {
                return DtypeOf(argument.Value.WithoutConversions());
            }
        }

        return Casts.DtypeOf(name) is { } named ? DtypesExtensions.Named(named) : null;
    }

    /// <summary>The dtype that an expression names; none where it is another expression.</summary>
    private static Dtypes DtypeOf(IOperation expression) => expression switch
    {
        { ConstantValue: { HasValue: true, Value: IConvertible number }, Type.Name: "ScalarType" } => DtypesExtensions.OfScalarType(number.ToInt32(null)),
        IFieldReferenceOperation { Field: { IsStatic: true, Name: var name } } when DtypeNames.OfAlias(name) is { } alias => DtypesExtensions.Named(alias),
        _ => Dtypes.None,
    };

    private static bool IsInteger(IOperation operation) => operation.WithoutConversions().Type?.SpecialType
        is SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Int16 or SpecialType.System_Byte or SpecialType.System_SByte;
}
