using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>
/// One training that <see cref="PrecisionComparison"/> runs: a model of one policy, with data and schedule that follow from the
/// seed and the step alone, so that all policies learn from the same.
/// </summary>
public interface IComparedTraining : IDisposable
{
    /// <summary>Tells skipped steps and the loss scale.</summary>
    MixedPrecisionTraining Training { get; }

    /// <summary>Takes one optimizer step, ending in <see cref="MixedPrecisionTraining.Step"/>.</summary>
    /// <param name="step">From 0.</param>
    /// <returns>The loss, one number. It is read once in several steps, so that a GPU is not waited for in each.</returns>
    Tensor Step(int step);

    /// <summary>The loss on held-out data, always the same.</summary>
    double Validate();
}
