namespace Precision.Generator.Forward.Models;

/// <summary>One part of a composite value.</summary>
/// <param name="Name">How it is accessed, escaped where it is a keyword; empty for the elements of a collection.</param>
/// <param name="Shape">Where its tensors sit.</param>
/// <param name="InitializedIn">The declaring type of a class's member that only an initializer can set; null for others.</param>
internal sealed record ValueMember(string Name, ValueShape Shape, string? InitializedIn = null);
