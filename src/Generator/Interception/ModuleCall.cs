using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception.Models;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>
/// <c>call</c> and <c>forward</c> of the softmax modules and of <c>Linear</c>; also of what is declared as a plain
/// <c>Module&lt;Tensor, Tensor&gt;</c>, which may be one of them.
/// </summary>
internal static class ModuleCall
{
    public static Interceptor? Build(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (call.Instance?.Type is not INamedTypeSymbol receiver || method.Parameters.Length != 1 || !MayBeConcerned(receiver))
        {
            return null;
        }

        var entry = method.Name == OperationTable.Call ? "Call" : "Forward";
        return new Interceptor(
            $"{receiver.Name}_{method.Name}",
            $"<c>{receiver.Name}.{method.Name}</c>: in a region, softmax modules follow autocast's policy and <c>Linear</c> is one operation; "
                + "other modules run as ever.",
            method.ReturnType.ToSource(),
            method.Parameters(),
            Region: null,
            $"global::Precision.CompilerServices.ModuleCalls.{entry}({Signatures.Receiver}, {SourceNames.Escape(method.Parameters[0].Name)}, {Float32DevicesSource.Softmax})");
    }

    private static bool MayBeConcerned(INamedTypeSymbol receiver)
        => receiver.IsGenericModule()
            ? receiver.TypeArguments is [var input, var result] && input.IsTensor() && result.IsTensor()
            : OperationTable.FindModule(receiver) is { } row && (row.IsPinned || row.Has(OperationTraits.FusedLinear));
}
