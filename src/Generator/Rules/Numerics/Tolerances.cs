using Precision.Generator.Flow.Values;

namespace Precision.Generator.Rules.Numerics;

/// <summary>Relative tolerances for comparisons of 16-bit values, as people write them: the first power of ten above a step between two numbers.</summary>
internal static class Tolerances
{
    /// <summary>For a dtype; for several the larger one.</summary>
    public static string Text(Dtypes dtypes) => dtypes.Overlaps(Dtypes.BFloat16) ? "1e-2" : "1e-3";
}
