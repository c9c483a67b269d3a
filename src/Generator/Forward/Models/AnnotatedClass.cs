using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Models;

/// <summary>All that the generated file of one annotated class is made of.</summary>
/// <param name="HintName">The generated file's name.</param>
/// <param name="Namespace">The class's namespace; null for the global one.</param>
/// <param name="Declarations">The containing types from the outside in, and last the class.</param>
/// <param name="Name">The class's name for documentation comments.</param>
/// <param name="Policy">The attribute's policy; null for a <c>[FullPrecision]</c> class.</param>
/// <param name="HasAnnotatedBase">Whether a base brings the generated members already.</param>
/// <param name="IsSealed">Whether nothing can derive from the class.</param>
/// <param name="Forward">The forward to generate; null when an annotated base's forward already calls this class's code.</param>
internal sealed record AnnotatedClass(
    string HintName,
    string? Namespace,
    EquatableArray<TypeDeclaration> Declarations,
    string Name,
    Policy? Policy,
    bool HasAnnotatedBase,
    bool IsSealed,
    ForwardMethod? Forward);
