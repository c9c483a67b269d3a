namespace Precision;

/// <summary>What became of a <see cref="MixedPrecisionTraining.Step"/>.</summary>
public enum StepOutcome
{
    /// <summary>The weights were updated.</summary>
    Applied,

    /// <summary>The step was skipped: a gradient was infinite or NaN.</summary>
    NonFiniteGradient,

    /// <summary>
    /// The step was skipped: all gradients were finite, but their common norm, which clipping divides by, is beyond float32's
    /// largest number (3.4e38). Dividing by it would have made every gradient 0.
    /// </summary>
    InfiniteNorm,
}
