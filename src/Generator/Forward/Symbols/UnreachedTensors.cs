namespace Precision.Generator.Forward.Symbols;

/// <summary>Tensors in a forward's signature that generated code cannot replace.</summary>
/// <param name="Place">The member or type that holds them.</param>
/// <param name="Reason">Why, and what to do.</param>
internal sealed record UnreachedTensors(string Place, string Reason);
