using Microsoft.CodeAnalysis;

namespace Precision.Generator.Modules;

/// <summary>A module of another assembly in an annotated model.</summary>
/// <param name="Type">Its class.</param>
/// <param name="Holder">The model, and the way to the module.</param>
/// <param name="Owner">The class of this compilation that holds it, or inherits its forward.</param>
/// <param name="Place">The field, property, creation or class that puts it there.</param>
internal sealed record CompiledModule(INamedTypeSymbol Type, Holder Holder, INamedTypeSymbol Owner, Location Place);
