using TorchSharp;
using static TorchSharp.torch;

namespace Precision;

/// <summary>
/// What one <see cref="MixedPrecisionTraining.Step"/> did. The answers lie on the device: only reading one waits for it. Valid
/// until the next <c>Step</c>.
/// </summary>
public sealed class StepResult
{
    private readonly Tensor foundInf;
    private readonly Tensor? lossScale;
    private readonly Tensor? gradientNorm;
    private bool expired;

    internal StepResult(Tensor foundInf, Tensor? lossScale, Tensor? gradientNorm)
    {
        this.foundInf = foundInf.DetachFromDisposeScope();
        this.lossScale = lossScale?.DetachFromDisposeScope();
        this.gradientNorm = gradientNorm?.DetachFromDisposeScope();
    }

    /// <summary>Whether the weights were updated: false where a gradient was infinite or NaN, and the step was skipped.</summary>
    /// <exception cref="InvalidOperationException">A later step was made.</exception>
    public bool Applied => Read(foundInf) == 0;

    /// <summary>The factor that this step's losses were multiplied by; 1 where nothing is scaled.</summary>
    /// <exception cref="InvalidOperationException">A later step was made.</exception>
    public double LossScale => lossScale is null ? Read(null) : Read(lossScale);

    /// <summary>
    /// The 2-norm of all gradients together before clipping, unscaled, accumulated in float32; null where the step was not asked to
    /// clip. Infinite or NaN where the step was skipped.
    /// </summary>
    /// <exception cref="InvalidOperationException">A later step was made.</exception>
    public double? GradientNorm => gradientNorm is null && Read(null) is var _ ? null : Read(gradientNorm);

    /// <summary>Frees what it holds: the next step has begun.</summary>
    internal void Expire()
    {
        expired = true;
        foundInf.Dispose();
        lossScale?.Dispose();
        gradientNorm?.Dispose();
    }

    private double Read(Tensor? number)
    {
        if (expired)
        {
            throw new InvalidOperationException(
                "This StepResult belongs to an earlier step (or its training is disposed): its numbers were on the device and are gone. "
                + "Read Applied, LossScale and GradientNorm before the next Step(), and keep the values.");
        }

        return number?.ToDouble() ?? 1;
    }
}
