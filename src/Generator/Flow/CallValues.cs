using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Flow;

/// <summary>A call of a TorchSharp member with what is known of its operands.</summary>
internal readonly struct CallValues(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments)
{
    /// <summary>The call.</summary>
    public IInvocationOperation Invocation { get; } = invocation;

    /// <summary>The member that is called.</summary>
    public IMethodSymbol Method => Invocation.TargetMethod;

    /// <summary>The tensor that the member is called on; else the first tensor that it is given.</summary>
    public TensorDtype First
    {
        get
        {
            foreach (var (tensor, _) in Tensors())
            {
                return tensor;
            }

            return TensorDtype.Unknown;
        }
    }

    /// <summary>The tensors that go in, in order, with the parameter of each; nulls are left out.</summary>
    public IEnumerable<(TensorDtype Tensor, IParameterSymbol? Parameter)> Tensors()
    {
        if (Invocation.Instance?.Type?.IsTensorOrDerived() == true)
        {
            yield return (instance as TensorDtype ?? TensorDtype.Unknown, null);
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            if (Invocation.Arguments[i].Parameter is not { } parameter)
            {
                continue;
            }

            if (parameter.Type.IsTensorOrDerived())
            {
                if ((arguments[i] as TensorDtype ?? TensorDtype.Unknown) is { Dtypes: not Dtypes.None } tensor)
                {
                    yield return (tensor, parameter);
                }
            }
            else if (IsTensors(parameter.Type))
            {
                var sequence = arguments[i] as SequenceValue;
                foreach (var item in sequence is null ? [TensorDtype.Unknown] : sequence.Items.IsDefault ? [sequence.Element] : sequence.Items)
                {
                    yield return (item as TensorDtype ?? TensorDtype.Unknown, parameter);
                }
            }
        }
    }

    /// <summary>The value given for a parameter; null where it is unknown or the parameter is not there.</summary>
    public FlowValue? this[string parameter]
    {
        get
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                if (Invocation.Arguments[i].Parameter?.Name == parameter)
                {
                    return arguments[i];
                }
            }

            return null;
        }
    }

    /// <summary>The argument for a parameter; null where the parameter is not there.</summary>
    public IArgumentOperation? Argument(string parameter)
    {
        foreach (var argument in Invocation.Arguments)
        {
            if (argument.Parameter?.Name == parameter)
            {
                return argument;
            }
        }

        return null;
    }

    /// <summary>The numbers that go in as operands: not dimensions, options and factors.</summary>
    public IEnumerable<NumberValue> Numbers()
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (Invocation.Arguments[i].Parameter is { Type.Name: "Scalar", Name: not ("alpha" or "beta") }
                && arguments[i] is not TensorDtype { Dtypes: Dtypes.None })
            {
                yield return arguments[i] as NumberValue ?? Flow.Numbers.Unknown;
            }
        }
    }

    /// <summary>
    /// The dtype that a call names by an argument of type <c>ScalarType</c> or <c>ScalarType?</c>: null where it names none,
    /// every dtype where the argument is unknown.
    /// </summary>
    public Dtypes? NamedDtype(string parameter)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = Invocation.Arguments[i];
            if (argument.Parameter?.Name != parameter || argument.Parameter.Type is not INamedTypeSymbol type || !IsScalarType(type))
            {
                continue;
            }

            return arguments[i] switch
            {
                DtypeValue { Dtypes: var dtypes } => dtypes,
                TensorDtype { Dtypes: Dtypes.None } => null, // null, or left out
                _ => argument.ArgumentKind is ArgumentKind.DefaultValue ? null : Dtypes.Any,
            };
        }

        return null;
    }

    private static bool IsScalarType(INamedTypeSymbol type)
        => type.Name == "ScalarType" || type is { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T, TypeArguments: [{ Name: "ScalarType" }] };

    private static bool IsTensors(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => array.ElementType.IsTensorOrDerived(),
        INamedTypeSymbol { TypeArguments: [var element] } => element.IsTensorOrDerived(),
        _ => false,
    };
}
