namespace Precision;

/// <summary>What the generator adds to a class annotated with <see cref="MixedPrecisionAttribute"/>.</summary>
public interface IMixedPrecisionModule
{
    /// <summary>
    /// The policy of this one model. Starts as the attribute says; setting it changes the next forward, without recompiling.
    /// </summary>
    /// <exception cref="ArgumentException">The policy's parts do not fit together.</exception>
    PrecisionPolicy PrecisionPolicy { get; set; }
}
