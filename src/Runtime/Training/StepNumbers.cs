using static TorchSharp.torch;

namespace Precision;

/// <summary>What a step found out, on the device.</summary>
/// <param name="Skip">1 where the step was skipped, else 0: one Float32 number.</param>
/// <param name="FoundInf">1 where a gradient was infinite or NaN, else 0: one Float32 number.</param>
/// <param name="LossScale">What the losses were multiplied by: one Float32 number; null = nothing.</param>
/// <param name="GradientNorm">The 2-norm of all gradients before clipping: one number; null where the step did not clip.</param>
internal sealed record StepNumbers(Tensor Skip, Tensor FoundInf, Tensor? LossScale, Tensor? GradientNorm) : IDisposable
{
    private IEnumerable<Tensor> All
        => new[] { Skip, ReferenceEquals(Skip, FoundInf) ? null : FoundInf, LossScale, GradientNorm }.OfType<Tensor>();

    /// <summary>Lets the numbers live on after the innermost scope.</summary>
    public StepNumbers MoveToOuterScope()
    {
        foreach (var number in All)
        {
            number.MoveToOuterDisposeScope();
        }

        return this;
    }

    /// <summary>Lets the numbers live until they are disposed.</summary>
    public StepNumbers Detach()
    {
        foreach (var number in All)
        {
            number.DetachFromDisposeScope();
        }

        return this;
    }

    public void Dispose()
    {
        foreach (var number in All)
        {
            number.Dispose();
        }
    }
}
