using Microsoft.CodeAnalysis;

namespace Precision.Generator.Protocol;

/// <summary>Where an object is held: a variable, a field of the object that runs, or a member of what another place holds.</summary>
/// <param name="Symbol">The variable or member.</param>
/// <param name="Owner">What holds the member; null for variables and for members of the object that runs.</param>
internal sealed record Place(ISymbol Symbol, Place? Owner = null)
{
    private readonly int hash = unchecked((SymbolEqualityComparer.Default.GetHashCode(Symbol) * 31) + (Owner?.GetHashCode() ?? 0));

    /// <summary>The variable, or the member of the object that runs.</summary>
    public ISymbol Root => Owner?.Root ?? Symbol;

    /// <summary>As messages name it.</summary>
    public string Name => Owner is null ? Symbol.Name : $"{Owner.Name}.{Symbol.Name}";

    public bool Equals(Place? other)
        => other is not null && hash == other.hash && SymbolEqualityComparer.Default.Equals(Symbol, other.Symbol)
            && Equals(Owner, other.Owner);

    public override int GetHashCode() => hash;
}
