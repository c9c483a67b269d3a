namespace Precision;

/// <summary>
/// Training does not get on: many steps in a row were skipped because gradients were infinite or NaN. The weights are those of
/// the last step that was applied.
/// </summary>
public sealed class NonFiniteGradientException : ArithmeticException
{
    internal NonFiniteGradientException(int skipped, NonFiniteFinding? finding, string message)
        : base(message)
    {
        Skipped = skipped;
        Finding = finding;
    }

    /// <summary>How many steps in a row were skipped.</summary>
    public int Skipped { get; }

    /// <summary>Where the first infinity or NaN is; null if none is left to be seen.</summary>
    public NonFiniteFinding? Finding { get; }
}
