using System.Globalization;
using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>
/// Turns one line of <see cref="Invocations"/> into arguments: what is not named there gets a value by its type, optional
/// parameters their default.
/// </summary>
internal sealed class ArgumentList
{
    private const string DefaultTensor = "4,4";

    private readonly Queue<string> tensors = new();
    private readonly Dictionary<string, string> named = [];
    private readonly Operands operands;

    /// <param name="description">
    /// Tensors by position (the receiver first) and name=value for the rest, separated by blanks; name:Type=value for the overload
    /// whose parameter has that type.
    /// </param>
    /// <param name="operands">Where tensors come from.</param>
    public ArgumentList(string description, Operands operands)
    {
        this.operands = operands;
        foreach (var token in description.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var separator = token.IndexOf('=', StringComparison.Ordinal);
            if (separator < 0)
            {
                tensors.Enqueue(token);
            }
            else
            {
                named.Add(token[..separator], token[(separator + 1)..]);
            }
        }
    }

    public Tensor Receiver() => operands.Tensor(Next())!;

    /// <exception cref="NotSupportedException">The overload has a parameter that reflection cannot pass, or no value is known for.</exception>
    public object?[] For(MethodBase method, ScalarType? dtype)
        => [.. method.GetParameters().Select(parameter => Argument(parameter, dtype))];

    private object? Argument(ParameterInfo parameter, ScalarType? dtype)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (type.IsByRefLike || type.IsByRef)
        {
            throw new NotSupportedException($"Reflection cannot pass a {type.Name}.");
        }

        if (type == typeof(ScalarType))
        {
            return dtype;
        }

        var isNamed = named.TryGetValue($"{parameter.Name}:{type.Name}", out var text) || named.TryGetValue(parameter.Name!, out text);
        if (isNamed && (type != typeof(Tensor) || text == "null"))
        {
            return Value(text!, type);
        }

        if (type == typeof(Tensor))
        {
            return parameter.HasDefaultValue && tensors.Count == 0 ? null : operands.Tensor(Next());
        }

        if (type == typeof((Tensor, Tensor)))
        {
            return tensors.Count > 0 ? (operands.Tensor(Next())!, operands.Tensor(Next())!) : null;
        }

        if (type.IsAssignableFrom(typeof(Tensor[])) && type != typeof(object))
        {
            return new[] { operands.Tensor(Next())!, operands.Tensor(Next())! };
        }

        return parameter.HasDefaultValue ? parameter.DefaultValue : Value("1", type);
    }

    private string Next() => tensors.Count > 0 ? tensors.Dequeue() : DefaultTensor;

    private static object? Value(string text, Type type)
    {
        var parts = text.Split(',');
        if (text == "null")
        {
            return null;
        }

        if (type == typeof(Scalar))
        {
            return double.Parse(text, CultureInfo.InvariantCulture).ToScalar();
        }

        if (type == typeof(TensorIndex[]))
        {
            return new[] { TensorIndex.Single(0) };
        }

        if (type.IsEnum)
        {
            return Enum.Parse(type, text);
        }

        if (type == typeof(string[]) || type == typeof(IEnumerable<string>))
        {
            return parts;
        }

        if (type == typeof(long[]) || type == typeof(IEnumerable<long>))
        {
            return parts.Select(part => long.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        }

        if (type == typeof(double[]))
        {
            return parts.Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        }

        if (type == typeof(Size))
        {
            return new Size(parts.Select(part => long.Parse(part, CultureInfo.InvariantCulture)).ToArray());
        }

        if (type.IsGenericType && type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal))
        {
            var elements = type.GetGenericArguments();
            return Activator.CreateInstance(type, [.. elements.Select((element, i) => Value(parts[Math.Min(i, parts.Length - 1)], element))]);
        }

        if (type == typeof(bool))
        {
            return text == "true";
        }

        if (type == typeof((long, long)[]))
        {
            return new[] { (1L, 0L) };
        }

        return type.IsPrimitive || type == typeof(string)
            ? Convert.ChangeType(type == typeof(string) ? text : parts[0], type, CultureInfo.InvariantCulture)
            : throw new NotSupportedException($"No value is known for a {type}.");
    }
}
