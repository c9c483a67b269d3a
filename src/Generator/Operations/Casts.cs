namespace Precision.Generator.Operations;

/// <summary>The members that convert a tensor, or a module, to another dtype.</summary>
internal static class Casts
{
    /// <summary>Those that have the dtype's name, and the dtype as <c>ScalarType</c> names it.</summary>
    private static readonly Dictionary<string, string> ByName = new(StringComparer.Ordinal)
    {
        ["half"] = "Float16",
        ["bfloat16"] = "BFloat16",
        ["float"] = "Float32",
        ["double"] = "Float64",
        ["byte"] = "Byte",
        ["char"] = "Int8",
        ["short"] = "Int16",
        ["int"] = "Int32",
        ["long"] = "Int64",
        ["bool"] = "Bool",
        ["cfloat"] = "ComplexFloat32",
        ["cdouble"] = "ComplexFloat64",
    };

    /// <summary>The dtype that a member's own name says; null where it says none.</summary>
    public static string? DtypeOf(string member) => ByName.TryGetValue(member, out var dtype) ? dtype : null;

    /// <summary>The parameter by which a member is told the dtype; null where it has none.</summary>
    public static string? DtypeParameter(string member) => member switch
    {
        "to" or "to_type" => "type",
        "type" => "dtype",
        _ => null,
    };

    /// <summary>The parameter whose tensor has the dtype; null where the member has none.</summary>
    public static string? ExampleParameter(string member) => member switch
    {
        "to" => "other",
        "type_as" => "tensor",
        _ => null,
    };

    /// <summary>The names of all of them.</summary>
    public static IEnumerable<string> All => ByName.Keys.Concat(["to", "to_type", "type", "type_as"]);

    /// <summary>Whether a member may convert. <c>to</c> need not: it goes to another device too.</summary>
    public static bool Contains(string member) => ByName.ContainsKey(member) || DtypeParameter(member) is not null || ExampleParameter(member) is not null;

    /// <summary>Whether a member takes a tensor of any dtype and gives no tensor of that dtype: casts, and what reads a number or starts the gradients.</summary>
    public static bool TakesAnyDtype(string member) => Contains(member) || member is "backward" or "ToSingle" or "ToDouble";
}
