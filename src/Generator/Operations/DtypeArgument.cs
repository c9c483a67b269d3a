using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Operations;

/// <summary>The argument by which a call names the dtype of its result, which is then not autocast's affair.</summary>
internal static class DtypeArgument
{
    /// <summary>The argument's value; null where the call leaves it out or passes null.</summary>
    public static IOperation? Of(IInvocationOperation call, Operation operation)
    {
        if (operation.DtypeParameter is not { } parameter)
        {
            return null;
        }

        foreach (var argument in call.Arguments)
        {
            if (argument.Parameter?.Name == parameter
                && argument.ArgumentKind is ArgumentKind.Explicit
                && argument.Value.WithoutConversions() is { ConstantValue: not { HasValue: true, Value: null } } and not IDefaultValueOperation)
            {
                return argument.Value;
            }
        }

        return null;
    }
}
