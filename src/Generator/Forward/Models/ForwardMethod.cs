using Precision.Generator.Roslyn;

namespace Precision.Generator.Forward.Models;

/// <summary>The forward to generate.</summary>
/// <param name="Target">What it calls: <c>ForwardCore</c>, or the inherited <c>forward</c>.</param>
/// <param name="Parameters">Its parameters, as <c>Module&lt;…&gt;</c> types them and the target names them.</param>
/// <param name="ResultType">Fully qualified.</param>
/// <param name="ResultShape">Where the result's tensors sit.</param>
/// <param name="IsObsolete">Whether it names what only obsolete code may.</param>
internal sealed record ForwardMethod(
    ForwardTarget Target,
    EquatableArray<ForwardParameter> Parameters,
    string ResultType,
    ValueShape ResultShape,
    bool IsObsolete);
