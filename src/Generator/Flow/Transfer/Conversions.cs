using Precision.Generator.Flow.Values;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Transfer;

/// <summary>Conversions of a tensor to another dtype, in all spellings.</summary>
internal static class Conversions
{
    /// <summary>The result where the call is a conversion; else null.</summary>
    public static TensorDtype? Call(CallValues call)
    {
        var method = call.Method;
        if (!method.ContainingType.IsTensorOrDerived() && method.ContainingType.Name != "TensorExtensionMethods")
        {
            return null;
        }

        if (method.Parameters.IsEmpty)
        {
            return Casts.DtypeOf(method.Name) is { } own ? call.To(DtypesExtensions.Named(own)) : null;
        }

        if (Casts.ExampleParameter(method.Name) is { } example && call.Argument(example) is not null)
        {
            return call.To((call[example] as TensorDtype)?.Dtypes ?? Dtypes.Any);
        }

        if (Casts.DtypeParameter(method.Name) is not { } parameter)
        {
            return null;
        }

        // Without a dtype it goes to another device.
        return call.NamedDtype(parameter) is { } named ? call.To(named)
            : Casts.ExampleParameter(method.Name) is null ? call.To(Dtypes.Any)
            : call.First;
    }

    private static TensorDtype To(this CallValues call, Dtypes dtypes)
        => new(dtypes, call.First.Rank, new DtypeOrigin(call.Invocation.Syntax, "cast by", call.Method.Name));
}
