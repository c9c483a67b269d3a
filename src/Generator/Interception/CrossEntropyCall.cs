using Microsoft.CodeAnalysis;
using Precision.Generator.Generation.Symbols;
using Precision.Generator.Interception.Models;

namespace Precision.Generator.Interception;

/// <summary><c>functional.cross_entropy</c>: in float32 from 16-bit logits, without a copy of them in float32.</summary>
internal static class CrossEntropyCall
{
    public static Interceptor Build(IMethodSymbol method) => new(
        "functional_cross_entropy",
        "<c>functional.cross_entropy</c>: in a region on a GPU, computed in float32 from 16-bit logits, in one pass over them.",
        method.ReturnType.ToSource(),
        method.Parameters(),
        Region: null,
        $"global::Precision.CompilerServices.FusedCrossEntropy.cross_entropy({string.Join(", ", method.Parameters.Select(static parameter => SourceNames.Escape(parameter.Name)))})");
}
