using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>Recognises what sets a tensor's dtype in source.</summary>
internal static class CastTexts
{
    /// <summary>Of a dtype that no constant names.</summary>
    public const string AsTheCallSays = "as the call says";

    /// <summary>The dtype that a call casts a tensor to, for the reader; null where it is no cast.</summary>
    public static string? TargetOf(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (!method.ContainingType.IsTensor() && !(method.IsTorchSharps() && method.IsExtensionMethod))
        {
            return null;
        }

        var name = method.Name;
        if (Casts.DtypeOf(name) is { } own)
        {
            return own;
        }

        if (Casts.ExampleParameter(name) is { } example && method.Parameters.Any(parameter => parameter.Name == example))
        {
            return "as its argument";
        }

        return Casts.DtypeParameter(name) is not null
            && call.Arguments.FirstOrDefault(static argument => argument.Parameter?.Type.IsScalarType() == true) is { } dtype
                ? NameOf(dtype.Value)
                : null;
    }

    /// <summary>A <c>ScalarType</c> for the reader, where the source names it.</summary>
    public static string NameOf(IOperation dtype) => dtype.WithoutConversions() switch
    {
        IFieldReferenceOperation { Field: { ContainingType.Name: "ScalarType" } field } => field.Name,
        IFieldReferenceOperation { Field: { ContainingType.Name: "torch" } field } => DtypeNames.OfAlias(field.Name) ?? field.Name,
        _ => AsTheCallSays,
    };
}
