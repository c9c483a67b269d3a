namespace Precision;

/// <summary>What a scaler's <c>state_dict</c> holds, checked.</summary>
/// <param name="Scale">The scale.</param>
/// <param name="Policy">The options.</param>
/// <param name="GrowthTracker">The number of good steps in a row.</param>
/// <param name="HysteresisLeft">How many non-finite steps are tolerated yet.</param>
internal readonly record struct ScaleSnapshot(double Scale, ScalePolicy Policy, int GrowthTracker, int HysteresisLeft)
{
    private const string ScaleKey = "scale", GrowthKey = "growth_factor", BackoffKey = "backoff_factor", IntervalKey = "growth_interval",
        TrackerKey = "_growth_tracker", HysteresisKey = "_hysteresis_tracker";

    /// <summary>Reads a dictionary.</summary>
    /// <param name="state">What <see cref="ToDictionary"/> gave, here or in PyTorch.</param>
    /// <param name="policy">The options that the dictionary does not have: floor and hysteresis.</param>
    /// <param name="name">The argument's name.</param>
    /// <exception cref="ArgumentException">An entry is missing, or holds a value that cannot be.</exception>
    public static ScaleSnapshot Of(IReadOnlyDictionary<string, double> state, ScalePolicy policy, string name)
    {
        if (state.Count == 0)
        {
            throw new ArgumentException(
                "The state is empty: it comes from a disabled scaler. Make this scaler with enabled: false, or load no state.", name);
        }

        var scale = Entry(ScaleKey);
        policy.CheckScale(scale, name);
        var growth = Entry(GrowthKey);
        ScalePolicy.CheckGrowth(growth, name);
        var backoff = Entry(BackoffKey);
        ScalePolicy.CheckBackoff(backoff, name);
        return new ScaleSnapshot(
            scale,
            policy with { Growth = growth, Backoff = backoff, Interval = Count(IntervalKey, Entry(IntervalKey), 1, int.MaxValue) },
            Count(TrackerKey, Entry(TrackerKey), 0, int.MaxValue),
            Count(HysteresisKey, state.GetValueOrDefault(HysteresisKey, policy.Hysteresis), 0, policy.Hysteresis));

        double Entry(string key) => state.TryGetValue(key, out var value)
            ? value
            : throw new ArgumentException($"The state lacks '{key}': it is not a GradScaler's.", name);

        int Count(string key, double value, int least, int most) => value >= least && value <= most && value == Math.Floor(value)
            ? (int)value
            : throw new ArgumentException($"'{key}' is {value:R}: it must be a whole number from {least} to {most}.", name);
    }

    /// <summary>The entries, with PyTorch's keys.</summary>
    public Dictionary<string, double> ToDictionary()
    {
        var dictionary = new Dictionary<string, double>
        {
            [ScaleKey] = Scale,
            [GrowthKey] = Policy.Growth,
            [BackoffKey] = Policy.Backoff,
            [IntervalKey] = Policy.Interval,
            [TrackerKey] = GrowthTracker,
        };
        if (Policy.Hysteresis > 1)
        {
            dictionary[HysteresisKey] = HysteresisLeft;
        }

        return dictionary;
    }
}
