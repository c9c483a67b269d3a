using Microsoft.CodeAnalysis;
using Precision.Generator.Generation.Symbols;
using Precision.Generator.Interception.Models;

namespace Precision.Generator.Interception;

/// <summary><c>functional.linear</c>: one operation instead of two.</summary>
internal static class LinearCall
{
    public static Interceptor Build(IMethodSymbol method) => new(
        "functional_linear",
        "<c>functional.linear</c>: in a region on a GPU, one operation instead of a product and a sum.",
        method.ReturnType.ToSource(),
        method.Parameters(),
        Region: null,
        $"global::Precision.CompilerServices.FusedLinear.linear({string.Join(", ", method.Parameters.Select(static parameter => SourceNames.Escape(parameter.Name)))})");
}
