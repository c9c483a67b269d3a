namespace Precision.Generator.Forward.Models;

/// <summary>One parameter of the generated forward.</summary>
/// <param name="Name">As it is written in source, escaped where it is a keyword.</param>
/// <param name="Type">Fully qualified, with the nullability that <c>Module&lt;…&gt;</c> was given.</param>
/// <param name="DefaultValue">The default value's source text; null when the parameter is not optional.</param>
/// <param name="Shape">Where its tensors sit.</param>
internal sealed record ForwardParameter(string Name, string Type, string? DefaultValue, ValueShape Shape);
