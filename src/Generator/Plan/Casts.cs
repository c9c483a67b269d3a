using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Plan;

/// <summary>Recognises what sets a tensor's dtype in source.</summary>
internal static class Casts
{
    /// <summary>The dtype that a call casts a tensor to, for the reader; null where it is no cast.</summary>
    public static string? TargetOf(IInvocationOperation call)
    {
        var method = call.TargetMethod;
        if (!method.ContainingType.IsTensor() && !(method.IsTorchSharps() && method.IsExtensionMethod))
        {
            return null;
        }

        return method.Name switch
        {
            "half" => "Float16",
            "bfloat16" => "BFloat16",
            "float" => "Float32",
            "double" => "Float64",
            "type_as" => "as its argument",
            "to" when method.Parameters.Any(static parameter => parameter.Type.IsTensor() && parameter.Name == "other") => "as its argument",
            "to" or "to_type" or "type" => call.Arguments.FirstOrDefault(static argument => argument.Parameter?.Type.Name == "ScalarType") is { } dtype ? NameOf(dtype.Value) : null,
            _ => null,
        };
    }

    /// <summary>A <c>ScalarType</c> for the reader, where the source names it.</summary>
    public static string NameOf(IOperation dtype) => dtype.WithoutConversions() switch
    {
        IFieldReferenceOperation { Field: { ContainingType.Name: "ScalarType" } field } => field.Name,
        IFieldReferenceOperation { Field: { ContainingType.Name: "torch" } field } => field.Name switch
        {
            "float32" or "@float" or "float" => "Float32",
            "float16" or "half" => "Float16",
            "bfloat16" => "BFloat16",
            "float64" or "double" => "Float64",
            var other => other,
        },
        _ => "as the call says",
    };
}
