namespace Precision;

/// <summary>How a loss scale adapts: the options of a <see cref="GradScaler"/>, each within its range.</summary>
/// <param name="Growth">What the scale is multiplied by after <paramref name="Interval"/> good steps in a row; above 1.</param>
/// <param name="Backoff">What it is multiplied by after a non-finite gradient; between 0 and 1.</param>
/// <param name="Interval">The number of good steps in a row, at least 1.</param>
/// <param name="Floor">What the scale never falls below; 0 = no floor.</param>
/// <param name="Hysteresis">How many non-finite steps it takes to back off; at least 1.</param>
internal readonly record struct ScalePolicy(double Growth, double Backoff, int Interval, double Floor, int Hysteresis)
{
    /// <exception cref="ArgumentOutOfRangeException">Not positive and finite in Float32, or below the floor.</exception>
    public void CheckScale(double scale, string name)
    {
        if (!((float)scale > 0 && float.IsFinite((float)scale)))
        {
            throw new ArgumentOutOfRangeException(name, scale, "A scale must be positive and finite in Float32.");
        }

        if (scale < Floor)
        {
            throw new ArgumentOutOfRangeException(name, scale, $"A scale must not be below its floor, min_scale = {Floor:R}.");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">Not above 1, or infinite.</exception>
    public static void CheckGrowth(double factor, string name)
    {
        if (!(factor > 1 && double.IsFinite(factor)))
        {
            throw new ArgumentOutOfRangeException(name, factor, "The growth factor must be above 1.");
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">Not between 0 and 1.</exception>
    public static void CheckBackoff(double factor, string name)
    {
        if (factor is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, factor, "The backoff factor must be between 0 and 1.");
        }
    }
}
