using Microsoft.CodeAnalysis;

namespace Precision.Generator.Modules;

/// <summary>An annotated model that holds a module.</summary>
/// <param name="Model">The annotated class.</param>
/// <param name="Path">The model and the members that lead to the module: <c>Model.encoder.layers</c>.</param>
/// <param name="IsMarked">Whether one of them is marked <c>[FullPrecision]</c>.</param>
internal readonly record struct Holder(INamedTypeSymbol Model, string Path, bool IsMarked);
