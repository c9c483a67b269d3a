namespace Precision.Generator.Flow.Values;

/// <summary>Questions about sets of dtypes.</summary>
internal static class DtypesExtensions
{
    private static readonly Dictionary<string, Dtypes> ByName = Dtypes.Any.ToArray().ToDictionary(static dtype => dtype.ToString(), StringComparer.Ordinal);

    /// <summary>Whether the set has exactly one dtype.</summary>
    public static bool IsOne(this Dtypes dtypes) => dtypes is not Dtypes.None && (dtypes & (dtypes - 1)) == 0;

    /// <summary>Whether there are dtypes in the set, and all of them in another: whether a tensor certainly has one of those.</summary>
    public static bool AreAllIn(this Dtypes dtypes, Dtypes others) => dtypes is not Dtypes.None && (dtypes & ~others) == 0;

    /// <summary>Whether a dtype of one set is in the other.</summary>
    public static bool Overlaps(this Dtypes dtypes, Dtypes others) => (dtypes & others) != 0;

    /// <summary>For a message: <c>Float16</c>, <c>Float16 or BFloat16</c>.</summary>
    public static string ToText(this Dtypes dtypes) => string.Join(" or ", dtypes.ToArray());

    /// <summary>The dtypes one by one, for <c>foreach</c>.</summary>
    public static DtypesEnumerator Each(this Dtypes dtypes) => new(dtypes);

    /// <summary>The dtypes one by one.</summary>
    public static Dtypes[] ToArray(this Dtypes dtypes)
    {
        var array = new List<Dtypes>();
        foreach (var dtype in dtypes.Each())
        {
            array.Add(dtype);
        }

        return [.. array];
    }

    /// <summary>A dtype of this library's annotations as a set; none for those that are no dtype.</summary>
    public static Dtypes ToDtypes(this Dtype dtype) => dtype switch
    {
        Dtype.Float32 => Dtypes.Float32,
        Dtype.Float16 => Dtypes.Float16,
        Dtype.BFloat16 => Dtypes.BFloat16,
        Dtype.Auto => Dtypes.SixteenBit,
        _ => Dtypes.None,
    };

    /// <summary>One 16-bit dtype as this library's annotations name it.</summary>
    public static Dtype ToDtype(this Dtypes dtype) => dtype is Dtypes.Float16 ? Dtype.Float16 : Dtype.BFloat16;

    /// <summary>The dtype of a <c>ScalarType</c> by its number in libtorch (c10/core/ScalarType.h).</summary>
    public static Dtypes OfScalarType(int number) => number switch
    {
        0 => Dtypes.Byte,
        1 => Dtypes.Int8,
        2 => Dtypes.Int16,
        3 => Dtypes.Int32,
        4 => Dtypes.Int64,
        5 => Dtypes.Float16,
        6 => Dtypes.Float32,
        7 => Dtypes.Float64,
        8 => Dtypes.ComplexFloat16,
        9 => Dtypes.ComplexFloat32,
        10 => Dtypes.ComplexFloat64,
        11 => Dtypes.Bool,
        15 => Dtypes.BFloat16,
        _ => Dtypes.Other,
    };

    /// <summary>A dtype by its name in <c>ScalarType</c>; none for null.</summary>
    public static Dtypes Named(string? name) => name is not null && ByName.TryGetValue(name, out var dtype) ? dtype : Dtypes.None;
}
