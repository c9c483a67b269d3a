using static TorchSharp.torch;

namespace Precision;

/// <summary>What the scaler knows of one optimizer.</summary>
internal sealed class OptimizerRecord : IDisposable
{
    /// <summary>Where the optimizer stands in this iteration.</summary>
    public OptimizerStage Stage { get; set; }

    /// <summary>Whether the gradients were checked in this iteration.</summary>
    public bool IsChecked { get; private set; }

    /// <summary>
    /// 1 where the last check found an infinity or a NaN, else 0: one Float32 number on the scale's device. Kept after an
    /// update until the next check, so that a skip can be asked for.
    /// </summary>
    public Tensor? FoundInf { get; private set; }

    /// <summary>Takes the result of a check.</summary>
    public void Record(Tensor foundInf)
    {
        FoundInf?.Dispose();
        FoundInf = foundInf.DetachFromDisposeScope();
        IsChecked = true;
    }

    /// <summary>Begins the next iteration.</summary>
    public void Reset()
    {
        Stage = OptimizerStage.Ready;
        IsChecked = false;
    }

    public void Dispose() => FoundInf?.Dispose();
}
