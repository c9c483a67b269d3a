using Microsoft.CodeAnalysis;
using Precision.Generator.Interception.Models;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Interception;

/// <summary>Functions whose replacement takes the same arguments, and decides at run time what runs.</summary>
internal static class RedirectedCall
{
    private const string CompilerServices = "global::Precision.CompilerServices.";

    /// <summary><c>functional.linear</c>: one operation instead of two.</summary>
    public static Interceptor Linear(IMethodSymbol method) => To(
        method, "FusedLinear", "<c>functional.linear</c>: in a region on a GPU, one operation instead of a product and a sum.");

    /// <summary><c>functional.cross_entropy</c>: in float32 from 16-bit logits, without a copy of them in float32.</summary>
    public static Interceptor CrossEntropy(IMethodSymbol method) => To(
        method, "FusedCrossEntropy",
        "<c>functional.cross_entropy</c>: in a region on a GPU, computed in float32 from 16-bit logits, in one pass over them.");

    private static Interceptor To(IMethodSymbol method, string type, string summary) => new(
        $"{method.ContainingType.Name}_{method.Name}",
        summary,
        method.ReturnType.ToSource(),
        method.Parameters(),
        new([$"{CompilerServices}{type}.{method.Name}({string.Join(", ", method.Parameters.Select(static parameter => SourceNames.Escape(parameter.Name)))})"]));
}
