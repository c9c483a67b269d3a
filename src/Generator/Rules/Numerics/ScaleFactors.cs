using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Numbers that make smaller what is multiplied or divided by them, by the way they are written.</summary>
internal sealed class ScaleFactors(FlowContext context, DtypeFlow flow, CancellationToken token)
{
    /// <summary>How far definitions are followed.</summary>
    private const int MaximumDepth = 8;

    /// <summary>Whether a factor, or a divisor, certainly makes numbers smaller.</summary>
    public bool MakeSmaller(IOperation factor, bool isDivisor) => MakeSmaller(factor, isDivisor, 0);

    private bool MakeSmaller(IOperation factor, bool isDivisor, int depth)
    {
        var operation = factor.WithoutConversions();
        if (Constants.Written(operation) is { } constant)
        {
            return IsSmaller(constant, isDivisor);
        }

        return depth < MaximumDepth && operation switch
        {
            // A number of elements or features: at least 1.
            _ when isDivisor && operation.Type?.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64 => true,
            IBinaryOperation { OperatorKind: BinaryOperatorKind.Divide, LeftOperand: var left, RightOperand: var right, OperatorMethod: null }
                => !isDivisor && Constants.Written(left) == 1 && MakeSmaller(right, isDivisor: true, depth + 1),
            IInvocationOperation { TargetMethod: { Name: "Sqrt", ContainingType.Name: "Math" or "MathF" }, Arguments: [var argument] }
                => isDivisor && !IsBelowOne(argument.Value),
            IInvocationOperation { TargetMethod: { Name: "Pow", ContainingType.Name: "Math" or "MathF" }, Arguments: [_, var exponent] }
                => Constants.Written(exponent.Value) is { } power && power < 0 == !isDivisor,
            IInvocationOperation call when call.TargetMethod.IsTorchSharps() => OfTensor(call, isDivisor, depth + 1),
            ICoalesceOperation { WhenNull: var other } => MakeSmaller(other, isDivisor, depth + 1),
            ILocalReferenceOperation read => Definitions.Of(read) is { } value && IsReadable(value)
                ? MakeSmaller(value, isDivisor, depth + 1)
                : IsNamedScale(read.Local),
            IFieldReferenceOperation { Field: var field } => new AssignedOnce(context, token).ValuesOf(field).Where(IsReadable).ToArray() is { Length: > 0 } values
                ? values.All(value => MakeSmaller(value, isDivisor, depth + 1))
                : IsNamedScale(field),
            IPropertyReferenceOperation { Property: var property } => IsNamedScale(property),
            IParameterReferenceOperation { Parameter: var parameter } => flow.ConstantsOf(operation).ToArray() is { Length: > 0 } constants
                ? constants.All(number => IsSmaller(number, isDivisor))
                : IsNamedScale(parameter),
            _ => false,
        };
    }

    /// <summary>A tensor of one number, as <c>tensor(Math.Sqrt(d))</c> and <c>tensor(d).sqrt()</c> make it.</summary>
    private bool OfTensor(IInvocationOperation call, bool isDivisor, int depth)
        => OperationTable.Find(call.TargetMethod) is { } row
            ? isDivisor && row.Has(OperationTraits.SquareRoot) && (call.Instance ?? call.Arguments.FirstOrDefault()?.Value) is { } operand
                && MakeSmaller(operand, isDivisor: true, depth)
            : Factory.Find(call.TargetMethod.Name)?.Numbers is { IsEmpty: false } numbers
                && call.Arguments.FirstOrDefault(argument => argument.Parameter is { } parameter && numbers.Contains(parameter.Name)) is { Value: var number }
                && MakeSmaller(number, isDivisor, depth);

    /// <summary>What can be read off, where a name alone could mislead: not what another method works out, nor a parameter.</summary>
    private static bool IsReadable(IOperation value) => value.WithoutConversions() switch
    {
        IParameterReferenceOperation => false,
        IInvocationOperation { TargetMethod: var method } => method.ContainingType.Name is "Math" or "MathF" || method.IsTorchSharps(),
        _ => true,
    };

    private static bool IsSmaller(double number, bool isDivisor) => isDivisor ? Math.Abs(number) > 1 : number != 0 && Math.Abs(number) < 1;

    private static bool IsBelowOne(IOperation number) => Constants.Written(number) <= 1;

    /// <summary>What attention calls its factor, where nothing else is known of it. The scale of logits makes larger.</summary>
    private static bool IsNamedScale(ISymbol symbol)
        => Contains(symbol.Name, "scal") && !Contains(symbol.Name, "logit") && symbol switch
        {
            ILocalSymbol { Type: var type } => IsNumber(type),
            IFieldSymbol { Type: var type } => IsNumber(type),
            IPropertySymbol { Type: var type } => IsNumber(type),
            IParameterSymbol { Type: var type } => IsNumber(type),
            _ => false,
        };

    private static bool Contains(string name, string part) => name.IndexOf(part, StringComparison.OrdinalIgnoreCase) >= 0;

    private static bool IsNumber(ITypeSymbol type)
        => type.SpecialType is SpecialType.System_Single or SpecialType.System_Double
            || type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [var number] } && IsNumber(number);
}
