using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Values;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Conversions of a tensor to another dtype, in all spellings.</summary>
internal static class Casts
{
    /// <summary>The result where the call is a conversion; else null.</summary>
    public static TensorDtype? Call(CallValues call)
    {
        var method = call.Method;
        if (!IsOfTensors(method))
        {
            return null;
        }

        switch (method.Name)
        {
            case "to":
                return call.Argument("other") is not null ? call.To((call["other"] as TensorDtype)?.Dtypes ?? Dtypes.Any)
                    : call.NamedDtype("type") is { } named ? call.To(named)
                    : call.First; // to another device
            case "to_type":
                return call.To(call.NamedDtype("type") ?? Dtypes.Any);
            case "type":
                return call.To(call.NamedDtype("dtype") ?? Dtypes.Any);
            case "type_as":
                return call.To((call["tensor"] as TensorDtype)?.Dtypes ?? Dtypes.Any);
            default:
                var dtypes = OfName(method);
                return dtypes is Dtypes.None ? null : call.To(dtypes);
        }
    }

    /// <summary>Whether a method converts to a dtype that its arguments or its name say.</summary>
    public static bool IsConversion(IMethodSymbol method)
        => IsOfTensors(method) && (method.Name is "to" or "to_type" or "type" or "type_as" || OfName(method) is not Dtypes.None);

    /// <summary>The dtype that a method is named after, as <c>half()</c> is; none where it is not.</summary>
    public static Dtypes OfName(IMethodSymbol method) => method.Parameters.IsEmpty ? OfName(method.Name) : Dtypes.None;

    private static bool IsOfTensors(IMethodSymbol method) => method.ContainingType.IsTensorOrDerived() || method.ContainingType.Name == "TensorExtensionMethods";

    private static TensorDtype To(this CallValues call, Dtypes dtypes)
        => new(dtypes, call.First.Rank, new DtypeOrigin(call.Invocation.Syntax, "cast by", call.Method.Name));

    private static Dtypes OfName(string name) => name switch
    {
        "half" => Dtypes.Float16,
        "bfloat16" => Dtypes.BFloat16,
        "float" => Dtypes.Float32,
        "double" => Dtypes.Float64,
        "byte" => Dtypes.Byte,
        "char" => Dtypes.Int8,
        "short" => Dtypes.Int16,
        "int" => Dtypes.Int32,
        "long" => Dtypes.Int64,
        "bool" => Dtypes.Bool,
        "cfloat" => Dtypes.ComplexFloat32,
        "cdouble" => Dtypes.ComplexFloat64,
        _ => Dtypes.None,
    };
}
