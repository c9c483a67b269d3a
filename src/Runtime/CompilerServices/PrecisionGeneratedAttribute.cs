using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>
/// The generator's mark on every class that it added to. An annotated class without it was compiled without the generator,
/// and would run in float32 as if it had no annotation. Used by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PrecisionGeneratedAttribute : Attribute;
