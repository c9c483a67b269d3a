using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Values;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>A call of a TorchSharp member with what is known of its operands.</summary>
internal readonly struct CallValues(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, Numbers numbers)
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
            if (IsOnTensor)
            {
                return Known(instance);
            }

            for (var i = 0; i < arguments.Length; i++)
            {
                switch (KindOf(i))
                {
                    case ArgumentKinds.Tensor when Known(arguments[i]) is { IsBottom: false } tensor:
                        return tensor;
                    case ArgumentKinds.Tensors when arguments[i] is not SequenceValue { Items: { IsDefault: false, IsEmpty: true } }:
                        return arguments[i] is not SequenceValue sequence ? TensorDtype.Unknown
                            : Known(sequence.Items.IsDefault ? sequence.Element : sequence.Items[0]);
                }
            }

            return TensorDtype.Unknown;
        }
    }

    /// <summary>Adds the tensors that go in, in order; nulls are left out.</summary>
    /// <returns>Where the first of them that has an origin got its dtype.</returns>
    public DtypeOrigin? AddTensorsTo(List<Promotion.Operand> operands)
    {
        DtypeOrigin? origin = null;
        if (IsOnTensor)
        {
            Add(Known(instance));
        }

        for (var i = 0; i < arguments.Length; i++)
        {
            switch (KindOf(i))
            {
                case ArgumentKinds.Tensor when Known(arguments[i]) is { IsBottom: false } tensor:
                    Add(tensor);
                    break;
                case ArgumentKinds.Tensors when arguments[i] is SequenceValue { Items.IsDefault: false } listed:
                    foreach (var item in listed.Items)
                    {
                        Add(Known(item));
                    }

                    break;
                case ArgumentKinds.Tensors:
                    // Two of its elements may have different ones of the dtypes that they have in common.
                    Add(Known((arguments[i] as SequenceValue)?.Element));
                    Add(Known((arguments[i] as SequenceValue)?.Element));
                    foreach (var item in (arguments[i] as SequenceValue)?.Places?.Values ?? [])
                    {
                        Add(Known(item));
                    }

                    break;
            }
        }

        return origin;

        void Add(TensorDtype tensor)
        {
            operands.Add(new(tensor));
            origin ??= tensor.Origin;
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
            if (Number(i) is { } number)
            {
                yield return number;
            }
        }
    }

    /// <summary>Adds the <see cref="Numbers"/>.</summary>
    public void AddNumbersTo(List<Promotion.Operand> operands)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (Number(i) is { } number)
            {
                operands.Add(new(number));
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
            if (argument.Parameter?.Name != parameter || argument.Parameter.Type is not { } type || !type.IsScalarType())
            {
                continue;
            }

            return arguments[i] switch
            {
                DtypeValue { Dtypes: var dtypes } => dtypes,
                TensorDtype { IsBottom: true } => null, // null, or left out
                _ => argument.ArgumentKind is ArgumentKind.DefaultValue ? null : Dtypes.Any,
            };
        }

        return null;
    }

    private bool IsOnTensor => Invocation.Instance?.Type?.IsTensorOrDerived() == true;

    private NumberValue? Number(int argument)
        => Invocation.Arguments[argument].Parameter is { Type.Name: "Scalar", Name: not ("alpha" or "beta") }
            && arguments[argument] is not TensorDtype { IsBottom: true }
                ? arguments[argument] as NumberValue ?? numbers.Unknown
                : null;

    private ArgumentKinds KindOf(int argument) => Invocation.Arguments[argument].Parameter?.Type switch
    {
        null => ArgumentKinds.Other,
        var type when type.IsTensorOrDerived() => ArgumentKinds.Tensor,
        IArrayTypeSymbol array when array.ElementType.IsTensorOrDerived() => ArgumentKinds.Tensors,
        INamedTypeSymbol { TypeArguments: [var element] } when element.IsTensorOrDerived() => ArgumentKinds.Tensors,
        _ => ArgumentKinds.Other,
    };

    private static TensorDtype Known(FlowValue? value) => value as TensorDtype ?? TensorDtype.Unknown;

    /// <summary>What an argument is, by its parameter's type.</summary>
    private enum ArgumentKinds
    {
        Other,
        Tensor,
        Tensors,
    }
}
