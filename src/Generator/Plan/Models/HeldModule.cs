using Microsoft.CodeAnalysis;

namespace Precision.Generator.Plan.Models;

/// <summary>A module that an expression may stand for.</summary>
/// <param name="Type">Its class.</param>
/// <param name="IsMarked">Whether it got there through a member marked <c>[FullPrecision]</c>.</param>
internal readonly record struct HeldModule(INamedTypeSymbol Type, bool IsMarked)
{
    public bool Equals(HeldModule other) => IsMarked == other.IsMarked && SymbolEqualityComparer.Default.Equals(Type, other.Type);

    public override int GetHashCode() => SymbolEqualityComparer.Default.GetHashCode(Type);
}
