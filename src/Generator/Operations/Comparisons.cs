namespace Precision.Generator.Operations;

/// <summary>The members that ask whether tensors are equal. The table leaves out those that give no tensor, and the operators.</summary>
internal static class Comparisons
{
    /// <summary>The parameter with the relative tolerance.</summary>
    public const string Relative = "rtol";

    /// <summary>The parameter with the absolute one.</summary>
    public const string Absolute = "atol";

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<string> Members { get; } =
        ["op_Equality", "op_Inequality", "eq", "ne", "not_equal", "equal", "isclose", "allclose"];

    /// <summary>Whether a member takes a tolerance.</summary>
    public static bool TakesTolerance(string member) => member is "isclose" or "allclose";
}
