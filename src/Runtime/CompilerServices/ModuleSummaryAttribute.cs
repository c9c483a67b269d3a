using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>
/// The generator's mark on an assembly whose modules it has judged as if annotated models of other assemblies held them: what it
/// found stands in a <see cref="ModuleHazardAttribute"/> each. Used by generated code only.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ModuleSummaryAttribute : Attribute;
