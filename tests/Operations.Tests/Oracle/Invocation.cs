using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Operations.Tests.Oracle;

/// <summary>One overload of a row's member, which can be called in a region.</summary>
internal sealed record Invocation(Operation Operation, MethodInfo Method)
{
    /// <summary>The overloads that a row is about.</summary>
    public static IEnumerable<Invocation> Of(Operation operation)
    {
        var overloads = DeclaringType(operation)
            .GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.Name == operation.Member);
        var parameters = operation.Parameters;
        if (!parameters.IsDefault)
        {
            return overloads.Where(method => ParameterTypes(method).SequenceEqual(parameters)).Select(method => new Invocation(operation, method));
        }

        var others = OperationTable.All
            .Where(other => other.Type == operation.Type && other.Member == operation.Member && !other.Parameters.IsDefault)
            .ToList();
        return overloads
            .Where(method => !others.Any(other => ParameterTypes(method).SequenceEqual(other.Parameters)))
            .Select(method => new Invocation(operation, method));
    }

    /// <summary>Calls the overload in a BFloat16 region.</summary>
    /// <param name="probe">The dtypes of the inputs.</param>
    /// <param name="dtype">What a dtype parameter gets; null leaves it open.</param>
    /// <exception cref="NotSupportedException">Reflection cannot call this overload.</exception>
    public Outcome Run(Probe probe, ScalarType? dtype = null)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var operands = new Operands(probe);
        var (receiver, arguments) = Prepare(operands, probe.Device, dtype);
        using var region = Autocast.Enter(new Device(probe.Device), Dtype.BFloat16);
        try
        {
            var result = FirstTensor(Method.Invoke(receiver, arguments));
            return new Outcome(result?.dtype, result is null ? "The result holds no tensor." : null, operands.IsMixed);
        }
        catch (TargetInvocationException error) when (error.InnerException is { } inner)
        {
            return new Outcome(null, inner.Message.Split('\n')[0], operands.IsMixed);
        }
    }

    public override string ToString()
        => $"{Operation.Type}.{Method.Name}({string.Join(", ", Method.GetParameters().Select(parameter => parameter.ParameterType.Name))})";

    private static Type DeclaringType(Operation operation)
        => typeof(torch).Assembly.GetType(operation.Type)
            ?? throw new InvalidOperationException($"TorchSharp has no type {operation.Type}.");

    private static IEnumerable<string> ParameterTypes(MethodInfo method)
        => method.GetParameters().Select(parameter => parameter.ParameterType.Name);

    private static Tensor? FirstTensor(object? value) => value switch
    {
        Tensor tensor => tensor,
        ITuple tuple => Enumerable.Range(0, tuple.Length).Select(i => FirstTensor(tuple[i])).FirstOrDefault(tensor => tensor is not null),
        IEnumerable items => items.Cast<object?>().Select(FirstTensor).FirstOrDefault(tensor => tensor is not null),
        _ => null,
    };

    private (object? Receiver, object?[] Arguments) Prepare(Operands operands, DeviceType device, ScalarType? dtype)
    {
        var container = Operation.Type.Split('.', '+')[^1];
        if (typeof(nn.Module).IsAssignableFrom(Method.DeclaringType))
        {
            var (module, inputs) = ModuleInvocations.For(container);
            return (module.to(device), new ArgumentList(inputs, operands).For(Method, dtype));
        }

        var arguments = new ArgumentList(Invocations.For(container, Method.Name), operands);
        return (Method.IsStatic ? null : arguments.Receiver(), arguments.For(Method, dtype));
    }
}
