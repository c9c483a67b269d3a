namespace Precision.Generator.Operations;

/// <summary>TorchSharp's lower-case names of dtypes, fields of <c>torch</c>.</summary>
internal static class DtypeNames
{
    /// <summary>The name in <c>ScalarType</c>; null for other names.</summary>
    /// <param name="field">The field's name; where a keyword is escaped in metadata, with the sign or without.</param>
    public static string? OfAlias(string field) => field.TrimStart('@') switch
    {
        "uint8" => "Byte",
        "int8" => "Int8",
        "int16" or "short" => "Int16",
        "int32" or "int" => "Int32",
        "int64" or "long" => "Int64",
        "float16" or "half" => "Float16",
        "bfloat16" => "BFloat16",
        "float32" or "float" => "Float32",
        "float64" or "double" => "Float64",
        "complex64" or "cfloat" => "ComplexFloat32",
        "complex128" or "cdouble" => "ComplexFloat64",
        "bool" => "Bool",
        _ => null,
    };
}
