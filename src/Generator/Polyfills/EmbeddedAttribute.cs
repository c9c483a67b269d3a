namespace Microsoft.CodeAnalysis;

/// <summary>
/// Hides a type from other assemblies, also from those that see this one's internals: what stands beside it are types of the
/// language that netstandard2.0 lacks and newer frameworks have. Written out, because PolySharp generates them in an order
/// that changes from one compiler process to the next, and the package's bytes would change with it.
/// </summary>
[Embedded]
[AttributeUsage(AttributeTargets.All)]
internal sealed class EmbeddedAttribute : Attribute;
