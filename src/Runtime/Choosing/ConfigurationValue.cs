using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Precision;

/// <summary>One value of a configuration, read with messages that name key, value, source and what is allowed.</summary>
/// <param name="configuration">Where the value is looked up.</param>
/// <param name="key">The key with colons between its parts, as the configuration library writes it.</param>
internal sealed class ConfigurationValue(IConfiguration configuration, string key)
{
    // Those of YAML 1.1, which configuration files written from Python follow.
    private static readonly string[] True = ["true", "yes", "on", "y", "1"];
    private static readonly string[] False = ["false", "no", "off", "n", "0"];

    private readonly string? text = configuration[key];

    /// <summary>The key as people write it, with dots.</summary>
    public string Name { get; } = key.Replace(':', '.');

    /// <summary>Null where nothing is given.</summary>
    /// <exception cref="PrecisionOptionsException">Something else than true or false.</exception>
    public bool? AsBoolean() => text switch
    {
        null => null,
        _ when IsIn(True) => true,
        _ when IsIn(False) => false,
        _ => throw NotAllowed("true, false"),
    };

    /// <summary>Null where nothing is given.</summary>
    /// <param name="least">The smallest that is allowed.</param>
    /// <exception cref="PrecisionOptionsException">No finite number, or a smaller one.</exception>
    public double? AsNumber(double least)
    {
        if (text is null)
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= least
            ? number
            : throw NotAllowed(string.Create(CultureInfo.InvariantCulture, $"numbers from {least}"));
    }

    /// <summary>Null where nothing is given.</summary>
    /// <param name="least">The smallest that is allowed.</param>
    /// <exception cref="PrecisionOptionsException">No whole number, or a smaller one.</exception>
    public int? AsCount(int least)
    {
        if (text is null)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) && count >= least
            ? count
            : throw NotAllowed($"whole numbers from {least}");
    }

    /// <summary>The different whole numbers of a list; null where nothing is given, or an empty list.</summary>
    /// <exception cref="PrecisionOptionsException">No list, or an entry that is no whole number from 0.</exception>
    public IReadOnlyList<int>? AsNumbersFrom0()
    {
        if (!string.IsNullOrEmpty(text))
        {
            throw NotAllowed("lists such as ['0', '1']");
        }

        var entries = configuration.GetSection(key).GetChildren()
            .Select(entry => new ConfigurationValue(configuration, $"{key}:{entry.Key}").AsCount(least: 0))
            .OfType<int>().Distinct().ToList();
        return entries.Count == 0 ? null : entries;
    }

    /// <summary>The one of some values that is given, in any case; null where nothing is given.</summary>
    /// <param name="allowed">Value and meaning.</param>
    /// <param name="remedy">Added to the message about another value.</param>
    /// <exception cref="PrecisionOptionsException">Another value.</exception>
    public (string Value, T Meaning)? AsOneOf<T>(IReadOnlyList<(string Value, T Meaning)> allowed, string remedy = "")
    {
        if (text is null)
        {
            return null;
        }

        foreach (var entry in allowed)
        {
            if (entry.Value.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return entry;
            }
        }

        throw NotAllowed(string.Join(", ", allowed.Select(static entry => entry.Value)), remedy);
    }

    private bool IsIn(string[] words) => words.Contains(text, StringComparer.OrdinalIgnoreCase);

    private PrecisionOptionsException NotAllowed(string allowed, string remedy = "")
        => new(Name, text, $"{Name} cannot be '{text}'{Source()}: allowed are {allowed}.{remedy}");

    /// <summary>Which file or other source has the last word; empty where the configuration does not tell.</summary>
    private string Source()
        => configuration is IConfigurationRoot root && root.Providers.LastOrDefault(provider => provider.TryGet(key, out _)) is { } last
            ? $" (from {last})"
            : "";
}
