namespace Precision;

public sealed partial class GradScaler
{
    /// <summary>What the scale is multiplied by to grow.</summary>
    public double get_growth_factor() => growthFactor;

    /// <summary>Sets what the scale is multiplied by to grow.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above 1.</exception>
    public void set_growth_factor(double new_factor)
    {
        CheckGrowthFactor(new_factor, nameof(new_factor));
        growthFactor = new_factor;
    }

    /// <summary>What the scale is multiplied by to back off.</summary>
    public double get_backoff_factor() => backoffFactor;

    /// <summary>Sets what the scale is multiplied by to back off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not between 0 and 1.</exception>
    public void set_backoff_factor(double new_factor)
    {
        CheckBackoffFactor(new_factor, nameof(new_factor));
        backoffFactor = new_factor;
    }

    /// <summary>How many good steps in a row make the scale grow.</summary>
    public int get_growth_interval() => growthInterval;

    /// <summary>
    /// Sets how many good steps in a row make the scale grow. It grows when the count equals the interval: set below the
    /// present count, it does not grow before the next backoff has reset the count (as in PyTorch).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public void set_growth_interval(int new_interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(new_interval, 1);
        growthInterval = new_interval;
    }

    private static void CheckScale(double scale, string name)
    {
        if (!((float)scale > 0 && float.IsFinite((float)scale)))
        {
            throw new ArgumentOutOfRangeException(name, scale, "A scale must be positive and finite in Float32.");
        }
    }

    private static void CheckGrowthFactor(double factor, string name)
    {
        if (!(factor > 1 && double.IsFinite(factor)))
        {
            throw new ArgumentOutOfRangeException(name, factor, "The growth factor must be above 1.");
        }
    }

    private static void CheckBackoffFactor(double factor, string name)
    {
        if (factor is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, factor, "The backoff factor must be between 0 and 1.");
        }
    }
}
