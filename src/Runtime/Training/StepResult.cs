using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// What one <see cref="MixedPrecisionTraining.Step"/> did. The values are on the device: reading one waits for it. Valid until the
/// next <c>Step</c>.
/// </summary>
public sealed class StepResult
{
    private readonly StepNumbers numbers;
    private bool expired;

    internal StepResult(StepNumbers numbers) => this.numbers = numbers.Detach();

    /// <summary>Whether the weights were updated; otherwise <see cref="Outcome"/> says why the step was skipped.</summary>
    /// <exception cref="InvalidOperationException">A later step was made.</exception>
    public bool Applied => Read(numbers.Skip) == 0;

    /// <summary>Whether the weights were updated, and if not, why.</summary>
    /// <exception cref="InvalidOperationException">A later step was made.</exception>
    public StepOutcome Outcome
        => Applied ? StepOutcome.Applied
            : Read(numbers.FoundInf) != 0 ? StepOutcome.NonFiniteGradient
            : StepOutcome.InfiniteNorm;

    /// <summary>The factor that this step's losses were multiplied by; 1 where nothing is scaled.</summary>
    /// <exception cref="InvalidOperationException">A later step was made.</exception>
    public double LossScale => Read(numbers.LossScale) ?? 1;

    /// <summary>
    /// The 2-norm of all gradients together before clipping, unscaled, accumulated in float32; null where the step was not asked to
    /// clip. Infinite or NaN where the step was skipped.
    /// </summary>
    /// <exception cref="InvalidOperationException">A later step was made.</exception>
    public double? GradientNorm => Read(numbers.GradientNorm);

    /// <summary>Frees what it holds: the next step has begun.</summary>
    internal void Expire()
    {
        expired = true;
        numbers.Dispose();
    }

    private double? Read(Tensor? number)
    {
        if (expired)
        {
            throw new InvalidOperationException(
                "This StepResult belongs to an earlier step (or its training is disposed): its values were on the device and are gone. "
                + "Read Applied, LossScale and GradientNorm before the next Step(), and keep the values.");
        }

        return Lifetime.After(number?.ToDouble(), number);
    }
}
