namespace Precision;

/// <summary>What a floating format can hold. Everything follows from its two bit counts (IEEE 754-2019, 3.3 and 3.4).</summary>
/// <param name="Dtype">Float32, Float16 or BFloat16.</param>
/// <param name="ExponentBits">Decide the range.</param>
/// <param name="MantissaBits">Decide the precision; the leading 1 is not among them.</param>
public sealed record DtypeFormat(Dtype Dtype, int ExponentBits, int MantissaBits)
{
    /// <summary>The formats that a policy can name.</summary>
    public static IReadOnlyList<DtypeFormat> All { get; } =
    [
        new(Dtype.Float32, ExponentBits: 8, MantissaBits: 23),
        new(Dtype.BFloat16, ExponentBits: 8, MantissaBits: 7),
        new(Dtype.Float16, ExponentBits: 5, MantissaBits: 10),
    ];

    /// <summary>Bits of a number, its sign included.</summary>
    public int Bits => 1 + ExponentBits + MantissaBits;

    /// <summary>The largest finite number.</summary>
    public double Largest => (2 - Epsilon) * Math.ScaleB(1, Bias);

    /// <summary>The smallest positive number with full precision.</summary>
    public double SmallestNormal => Math.ScaleB(1, 1 - Bias);

    /// <summary>The smallest positive number; below half of it everything is 0.</summary>
    public double Smallest => SmallestNormal * Epsilon;

    /// <summary>The distance from 1 to the next larger number.</summary>
    public double Epsilon => Math.ScaleB(1, -MantissaBits);

    private int Bias => (1 << (ExponentBits - 1)) - 1;

    /// <summary>The format of a concrete dtype.</summary>
    /// <exception cref="ArgumentException">The dtype is unspecified, or Auto.</exception>
    public static DtypeFormat Of(Dtype dtype)
        => All.FirstOrDefault(format => format.Dtype == dtype)
            ?? throw new ArgumentException($"{dtype} names no one format: give Float32, Float16 or BFloat16.", nameof(dtype));
}
