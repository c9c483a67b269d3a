namespace Precision.Generator.Lists;

/// <summary>An entry of the user's lists, as a call meets it.</summary>
/// <param name="Dtype">What it computes in.</param>
/// <param name="List">For messages: the attribute, or the option, that says so.</param>
/// <param name="IsAttribute">Whether an attribute says so.</param>
internal sealed record ListedMember(ListedDtype Dtype, string List, bool IsAttribute)
{
    /// <summary>The dtype, or the rule, for messages.</summary>
    public string DtypeText => Dtype is ListedDtype.Float32 ? "float32" : "lower precision";
}
