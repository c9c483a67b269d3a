using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception.Models;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>The softmax family: the dtype that TorchSharp would fill in follows the region's policy.</summary>
internal static class PinnedCall
{
    private const string CompilerServices = "global::Precision.CompilerServices.";

    public static Interceptor? Build(IInvocationOperation call, Operation operation)
    {
        var method = call.TargetMethod;
        if (DtypeArgument.Of(call, operation) is not null)
        {
            return null;
        }

        var input = method.IsStatic ? SourceNames.Escape(method.Parameters[0].Name) : Signatures.Receiver;
        var hasDtype = method.Parameters.Any(parameter => parameter.Name == operation.DtypeParameter);
        var dtype = $"{CompilerServices}PinnedDtype.For({input}, {(hasDtype ? operation.DtypeParameter : "null")}, {operation.Float32Devices()})";
        var result = hasDtype
            ? method.Call(parameter => parameter.Name == operation.DtypeParameter ? dtype : SourceNames.Escape(parameter.Name))
            : $"{CompilerServices}PinnedOperations.{method.Name}({string.Join(", ", method.Parameters.Select(parameter => SourceNames.Escape(parameter.Name)).Append(dtype))})";
        return new Interceptor(
            $"{method.ContainingType.Name}_{method.Name}",
            $"<c>{method.ContainingType.Name}.{method.Name}</c>: in a region, 16-bit inputs give float32 where libtorch's autocast says so.",
            method.ReturnType.ToSource(),
            method.Parameters(),
            Region: null,
            result);
    }
}
