namespace Precision.Generator.Flow.Values;

/// <summary>
/// The dtypes that a tensor may have, by the names of TorchSharp's <c>ScalarType</c>. One bit: the dtype is known. All bits:
/// nothing is. None: no tensor comes here.
/// </summary>
[Flags]
internal enum Dtypes
{
    None = 0,
    Bool = 1 << 0,
    Byte = 1 << 1,
    Int8 = 1 << 2,
    Int16 = 1 << 3,
    Int32 = 1 << 4,
    Int64 = 1 << 5,
    Float16 = 1 << 6,
    BFloat16 = 1 << 7,
    Float32 = 1 << 8,
    Float64 = 1 << 9,

    /// <summary>libtorch's complex Half, for which TorchSharp has no name.</summary>
    ComplexFloat16 = 1 << 10,
    ComplexFloat32 = 1 << 11,
    ComplexFloat64 = 1 << 12,

    /// <summary>Quantised and 8-bit floating dtypes.</summary>
    Other = 1 << 13,

    /// <summary>Float16 and BFloat16.</summary>
    SixteenBit = Float16 | BFloat16,

    /// <summary>The real floating dtypes.</summary>
    Floating = SixteenBit | Float32 | Float64,

    /// <summary>Integers, without booleans.</summary>
    Integer = Byte | Int8 | Int16 | Int32 | Int64,

    /// <summary>Integers and booleans.</summary>
    Integral = Bool | Integer,

    /// <summary>Complex dtypes.</summary>
    Complex = ComplexFloat16 | ComplexFloat32 | ComplexFloat64,

    /// <summary>Every dtype: nothing is known.</summary>
    Any = Integral | Floating | Complex | Other,
}
