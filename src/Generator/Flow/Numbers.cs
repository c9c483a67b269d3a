namespace Precision.Generator.Flow;

/// <summary>The kinds of C# numbers, by the dtype that libtorch takes for them.</summary>
internal static class Numbers
{
    public static readonly NumberValue Bool = new(Dtypes.Bool);

    /// <summary>A <c>Scalar</c> made of a boolean, which some bindings hand on as an integer.</summary>
    public static readonly NumberValue BoolOrInteger = new(Dtypes.Bool | Dtypes.Int64);

    public static readonly NumberValue Integer = new(Dtypes.Int64);

    public static readonly NumberValue Floating = new(Dtypes.Float32);

    public static readonly NumberValue Complex = new(Dtypes.ComplexFloat32);

    /// <summary>A number of an unknown kind.</summary>
    public static readonly NumberValue Unknown = new(Dtypes.Bool | Dtypes.Int64 | Dtypes.Float32 | Dtypes.ComplexFloat32);
}
