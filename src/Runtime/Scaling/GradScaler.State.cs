namespace Precision;

public sealed partial class GradScaler
{
    /// <summary>
    /// The scale, the options, and <c>_growth_tracker</c>, the number of good steps in a row; with hysteresis also
    /// <c>_hysteresis_tracker</c>. Empty when disabled. Waits for the device. Take it after <see cref="update()"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public Dictionary<string, double> state_dict()
    {
        if (!enabled)
        {
            return [];
        }

        var dictionary = new Dictionary<string, double>
        {
            ["scale"] = ReadScale(),
            ["growth_factor"] = growthFactor,
            ["backoff_factor"] = backoffFactor,
            ["growth_interval"] = growthInterval,
            ["_growth_tracker"] = state?.GrowthTracker.item<int>() ?? initialTracker,
        };
        if (tolerance > 1)
        {
            dictionary["_hysteresis_tracker"] = state?.HysteresisLeft ?? initialTolerance;
        }

        return dictionary;
    }

    /// <summary>Takes over what another scaler's <see cref="state_dict"/> gave. Does nothing when disabled.</summary>
    /// <param name="state_dict">The state.</param>
    /// <exception cref="ArgumentException">The state is empty (of a disabled scaler), lacks an entry, or holds an impossible value; nothing is changed then.</exception>
    /// <exception cref="ObjectDisposedException">The scaler is disposed.</exception>
    public void load_state_dict(IReadOnlyDictionary<string, double> state_dict)
    {
        ArgumentNullException.ThrowIfNull(state_dict);
        if (!enabled)
        {
            return;
        }

        ObjectDisposedException.ThrowIf(disposed, this);
        if (state_dict.Count == 0)
        {
            throw new ArgumentException(
                "The state is empty: it comes from a disabled scaler. Make this scaler with enabled: false, or load no state.", nameof(state_dict));
        }

        var scale = Entry("scale");
        var growth = Entry("growth_factor");
        var backoff = Entry("backoff_factor");
        var interval = Entry("growth_interval");
        var tracker = Entry("_growth_tracker");
        CheckScale(scale, nameof(state_dict));
        CheckGrowthFactor(growth, nameof(state_dict));
        CheckBackoffFactor(backoff, nameof(state_dict));
        if (!(interval is >= 1 and <= int.MaxValue) || !(tracker is >= 0 and <= int.MaxValue))
        {
            throw new ArgumentException($"A growth interval of {interval} with a tracker of {tracker} cannot be.", nameof(state_dict));
        }

        initialScale = scale;
        growthFactor = growth;
        backoffFactor = backoff;
        growthInterval = (int)interval;
        initialTracker = (int)tracker;
        initialTolerance = (int)state_dict.GetValueOrDefault("_hysteresis_tracker", tolerance);
        state?.Set(initialScale, initialTracker, initialTolerance);

        double Entry(string key) => state_dict.TryGetValue(key, out var value)
            ? value
            : throw new ArgumentException($"The state lacks '{key}': it is not a GradScaler's.", nameof(state_dict));
    }
}
