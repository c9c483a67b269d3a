using System.ComponentModel;

namespace Precision.CompilerServices;

/// <summary>How one member of an annotated class is stored, as far as its declaration tells. Made by generated code only.</summary>
/// <param name="Member">The name under which TorchSharp registers the member: its <c>ComponentName</c>, or the field's name.</param>
/// <param name="Rule">What decides its dtype.</param>
/// <param name="Reason">Why that rule, for people: "[FullPrecision]", "LayerNorm", "annotated class Block".</param>
/// <remarks>
/// Only <see cref="StorageRule.FullPrecision"/> is binding: an attribute on a member cannot be seen at run time without
/// reflection. The other rules are found again from the types of the modules that the members hold, because a member declared
/// as <c>Module&lt;Tensor, Tensor&gt;</c> may hold a LayerNorm.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record ParameterStorage(string Member, StorageRule Rule, string Reason);
