using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Interception.Models;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary><c>call</c> and <c>forward</c> of the layers whose native code lacks something in 16-bit, as the table says.</summary>
internal static class LayerCall
{
    private const string CompilerServices = "global::Precision.CompilerServices.";

    public static Interceptor? Build(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (call.Instance?.Type is not INamedTypeSymbol receiver
            || !IsConcerned(method)
            || OperationTable.FindModule(receiver) is not { } operation
            || Limit(operation) is not { } limit)
        {
            return null;
        }

        // A call that gives no padding mask, or a table's indices alone, is the original's.
        var parameters = method.Parameters;
        var masks = limit == "PaddingMask" ? PaddingMasks(method, receiver) : [];
        if ((limit == "PaddingMask" && masks.IsEmpty) || (operation.Has(OperationTraits.NoMixedDtypes) && parameters.Length == 1))
        {
            return null;
        }

        var arguments = parameters.Select(static parameter => parameter.Type.IsTensor()
            ? $"region.Input({SourceNames.Escape(parameter.Name)})"
            : SourceNames.Escape(parameter.Name));
        return new Interceptor(
            $"{receiver.Name}_{method.Name}",
            $"<c>{receiver.Name}.{method.Name}</c>: in a region, in float32 or with its inputs cast where libtorch's layer asks for it.",
            method.ReturnType.ToSource(),
            method.Parameters(),
            new(
            [
                $"using {CompilerServices}LayerRegion region = {CompilerServices}LayerRegion.Enter({Signatures.Receiver}, {CompilerServices}LayerLimit.{limit}, "
                    + $"{string.Join(", ", masks.Insert(0, SourceNames.Escape(parameters[0].Name)))});",
                $"return region.Output({Signatures.Receiver}.{method.Name}({string.Join(", ", arguments)}));",
            ]));
    }

    private static bool IsConcerned(IMethodSymbol method)
        => method.IsNameable() && method.Parameters.Length > 0 && method.Parameters[0].Type.IsTensor();

    private static string? Limit(Operation operation)
        => operation.Has(OperationTraits.NoSixteenBitPadding) ? "PaddingMask"
        : operation.Has(OperationTraits.NoFloat16OnCpu) ? "Float16OnCpu"
        : operation.Has(OperationTraits.NoSixteenBitOnCpu) ? "SixteenBitOnCpu"
        : operation.Has(OperationTraits.NoSixteenBit) ? "SixteenBit"
        : !operation.Has(OperationTraits.NoMixedDtypes) ? null
        : operation.Cuda is AutocastPolicy.Promote ? "MixedDtypesOnCpu"
        : "MixedDtypes";

    /// <summary>The parameters that take padding masks. <c>call</c> of the modules' common base has names that say nothing: there those of <c>forward</c> count.</summary>
    private static ImmutableArray<string> PaddingMasks(IMethodSymbol method, INamedTypeSymbol receiver)
    {
        var named = method.ContainingType.IsGenericModule()
            ? receiver.GetMembers(OperationTable.Forward).OfType<IMethodSymbol>().FirstOrDefault(forward => forward.Parameters.Length == method.Parameters.Length)
            : method;
        return [.. (named ?? method).Parameters
            .Where(static parameter => parameter.Name.EndsWith("key_padding_mask", StringComparison.Ordinal))
            .Select(parameter => SourceNames.Escape(method.Parameters[parameter.Ordinal].Name))];
    }
}
