using System.Globalization;

namespace Precision.Reports;

/// <summary>What each format can hold, and whether some hardware computes it natively, as text.</summary>
public static class FormatTable
{
    /// <summary>The headings.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["format", "bits (exponent, mantissa)", "largest", "smallest normal", "epsilon", "native here"];

    /// <summary>A row for each format, a cell for each heading.</summary>
    /// <param name="hardware">Here.</param>
    public static IEnumerable<IReadOnlyList<string>> Rows(Hardware hardware)
    {
        ArgumentNullException.ThrowIfNull(hardware);
        return DtypeFormat.All.Select(format => (IReadOnlyList<string>)
        [
            format.Dtype.ToString(),
            string.Create(CultureInfo.InvariantCulture, $"{format.Bits} ({format.ExponentBits}, {format.MantissaBits})"),
            Number(format.Largest),
            Number(format.SmallestNormal),
            Number(format.Epsilon),
            Native(hardware.Support(format.Dtype)),
        ]);
    }

    private static string Number(double value) => value.ToString(value is >= 1 and < 1e6 ? "N0" : "G4", CultureInfo.InvariantCulture);

    private static string Native(NativeSupport support) => $"{(support.IsNative ? "yes" : "no")}: {support.Reason}";
}
