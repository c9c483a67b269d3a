using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Models;

/// <summary>All that the generated file of one marked autograd function is made of.</summary>
/// <param name="HintName">The generated file's name.</param>
/// <param name="Namespace">The class's namespace; null for the global one.</param>
/// <param name="Declarations">The containing types from the outside in, and last the class.</param>
/// <param name="IsMulti">Whether it has several results.</param>
/// <param name="CastInputs">The dtype that it computes in; unspecified where that is its caller's affair.</param>
internal sealed record FunctionClass(
    string HintName,
    string? Namespace,
    EquatableArray<TypeDeclaration> Declarations,
    bool IsMulti,
    Dtype CastInputs);
