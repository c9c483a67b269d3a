using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Interception;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>What calls, operators and members give, from what goes in.</summary>
/// <param name="numbers">What libtorch takes C# numbers for.</param>
/// <param name="areCallsIntercepted">Whether a build replaces the calls that TorchSharp pins to their input's dtype.</param>
/// <param name="scenario">Where the code runs.</param>
/// <param name="variables">The variables of the body.</param>
/// <param name="weightsOf">The dtypes that the weights of a module may have.</param>
/// <param name="assumesRepair">Whether something is known of what products of two dtypes would give, which throw.</param>
internal sealed class MemberTransfer(
    Numbers numbers, bool areCallsIntercepted, Scenario scenario, Variables variables, Func<IOperation?, Dtypes> weightsOf, bool assumesRepair)
{
    private readonly TableTransfer table = new(numbers, scenario, module => weightsOf(variables.Origin(module)), assumesRepair);

    /// <summary>Whether an operation would have given something else on another kind of device.</summary>
    public bool DependsOnDevice => table.DependsOnDevice;

    /// <summary>A method's result.</summary>
    /// <param name="invocation">The call.</param>
    /// <param name="instance">What it is made on.</param>
    /// <param name="arguments">What is given.</param>
    /// <param name="region">The region around the member.</param>
    /// <param name="isListed">Whether a list of the user's is about the call, in place of what else would replace it.</param>
    public FlowValue? Call(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, FlowRegion region, bool isListed)
    {
        var method = invocation.TargetMethod;
        if (!method.IsTorchSharps())
        {
            return Sequences.Call(method, instance, arguments);
        }

        // Through a marked member the interceptors turn autocast off and cast 16-bit inputs to float32.
        if (areCallsIntercepted && method.Name is OperationTable.Call or OperationTable.Forward && FullPrecisionMember.Of(variables.Origin(invocation.Instance)) is not null)
        {
            arguments = [.. arguments.Select(argument => InputCasts.Cast(argument, ClassKind.FullPrecision, scenario))];
            region = FlowRegion.Disabled;
        }

        var call = new CallValues(invocation, instance, arguments, numbers);
        if (Conversions.Call(call) is { } cast)
        {
            return cast;
        }

        if (OperationTable.Find(method, invocation.Instance?.Type) is { } operation)
        {
            return table.Call(operation, call, region, areCallsIntercepted && !isListed);
        }

        return Factories.Call(call, numbers);
    }

    /// <summary>What one of TorchSharp's layers gives.</summary>
    /// <param name="layer">The layer's row.</param>
    /// <param name="invocation">The call that runs it, of the layer itself or of a container around it.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="region">The region around it.</param>
    /// <param name="isReplaced">Whether a build replaces the call.</param>
    public FlowValue? Layer(Operation layer, IInvocationOperation invocation, FlowValue?[] arguments, FlowRegion region, bool isReplaced)
        => table.Call(layer, new CallValues(invocation, FlowValue.Top, arguments, numbers), region, isReplaced);

    /// <summary>An operator's result.</summary>
    public FlowValue? Operator(IMethodSymbol method, IOperation expression, FlowValue? left, FlowValue? right, FlowRegion region)
    {
        if (!method.IsTorchSharps())
        {
            return null;
        }

        switch (method.Name)
        {
            case "op_GreaterThan" or "op_GreaterThanOrEqual" or "op_LessThan" or "op_LessThanOrEqual" or "op_Equality" or "op_Inequality":
                return new TensorDtype(
                    Dtypes.Bool,
                    Ranks.OfPointwise([.. new[] { left, right }.OfType<TensorDtype>().Select(static side => new Promotion.Operand(side))]));
            case "op_BitwiseAnd" or "op_BitwiseOr" or "op_ExclusiveOr" when (left, right) is (TensorDtype a, TensorDtype b):
                Promotion.Operand[] operands = [new(a), new(b)];
                return new TensorDtype(Promotion.Of(operands), Ranks.OfPointwise(operands));
            case "op_OnesComplement":
                return left;
            default:
                return OperationTable.Find(method) is { } operation ? table.Operator(operation, expression, left, right, region) : null;
        }
    }

    /// <summary>The result of a conversion that TorchSharp defines: of numbers to tensors without dimensions, of arrays to tensors.</summary>
    public FlowValue? Conversion(IMethodSymbol method, FlowValue? value)
    {
        if (!method.IsTorchSharps() || method.Parameters is not [{ Type: var from }])
        {
            return null;
        }

        if (method.ReturnType.Name == "Scalar")
        {
            return Factories.KindOf(from, numbers) is { } number ? number with { Constant = (value as NumberValue)?.Constant } : null;
        }

        if (!method.ReturnType.IsTensorOrDerived())
        {
            return null;
        }

        return from is IArrayTypeSymbol array
            ? new TensorDtype(Factories.DtypeOf(array.ElementType), Rank.Positive)
            : from.Name == "Scalar"
                ? new TensorDtype(Factories.DtypeOf(value as NumberValue), Rank.Zero)
                : new TensorDtype(Factories.DtypeOf(from), Rank.Zero);
    }

    /// <summary>A property's value.</summary>
    public FlowValue? Property(IPropertyReferenceOperation reference, FlowValue? owner)
    {
        var property = reference.Property;
        if (!property.ContainingType.IsTensorOrDerived())
        {
            return property.ContainingType.IsTorchSharps() ? null
                : Sequences.Property(property, owner, reference.Arguments is [{ Value.ConstantValue: { HasValue: true, Value: var place } }] ? place : null);
        }

        var tensor = owner as TensorDtype ?? TensorDtype.Unknown;
        return property.Name switch
        {
            "dtype" => new DtypeValue(tensor.Dtypes),
            "T" or "mT" or "H" or "mH" => tensor,
            "this[]" => tensor with { Rank = Rank.Unknown },
            "real" or "imag" => tensor.Dtypes.AreAllIn(Dtypes.Floating) ? tensor : null,
            _ => null,
        };
    }

    /// <summary>A field's value.</summary>
    public FlowValue? Field(IFieldReferenceOperation reference)
    {
        var field = reference.Field;
        if (field.ContainingType is { Name: "ScalarType" } && reference.ConstantValue is { HasValue: true, Value: IConvertible number })
        {
            return new DtypeValue(DtypesExtensions.OfScalarType(number.ToInt32(null)));
        }

        if (field is { IsStatic: true, Type.Name: "ScalarType" } && field.ContainingType.IsTorchSharps())
        {
            return DtypesExtensions.Named(DtypeNames.OfAlias(field.Name)) is var dtypes and not Dtypes.None ? new DtypeValue(dtypes) : null;
        }

        return null;
    }
}
