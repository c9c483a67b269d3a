using Microsoft.CodeAnalysis;

namespace Precision.Generator.Plan.Models;

/// <summary>A method in source and how it runs there: the same one may run in a region and in float32.</summary>
/// <param name="Method">The definition.</param>
/// <param name="Class">The class whose overrides its virtual calls reach.</param>
/// <param name="Mode">What it runs in.</param>
internal sealed record PlannedBody(IMethodSymbol Method, INamedTypeSymbol Class, PlanMode Mode)
{
    public bool Equals(PlannedBody? other)
        => other is not null
            && Mode == other.Mode
            && SymbolEqualityComparer.Default.Equals(Method, other.Method)
            && SymbolEqualityComparer.Default.Equals(Class, other.Class);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Method);
}
