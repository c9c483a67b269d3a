using Microsoft.CodeAnalysis;

namespace Precision.Generator.Plan;

/// <summary>Recognises the calls that open a region by hand.</summary>
internal static class RegionCall
{
    public static bool IsOne(IMethodSymbol method)
        => method is { Name: "Enter" or "Disable", ContainingType: { Name: "Autocast", ContainingType: null } type }
            && type.ContainingNamespace is { Name: "Precision", ContainingNamespace.IsGlobalNamespace: true };
}
