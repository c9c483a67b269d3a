namespace Precision;

/// <summary>What <see cref="MixedPrecisionTraining"/> can be told.</summary>
public sealed record MixedPrecisionTrainingOptions
{
    /// <summary>
    /// After how many skipped steps in a row <see cref="MixedPrecisionTraining.Step"/> throws a
    /// <see cref="NonFiniteGradientException"/>, and after each further one. At least 1. In Float16 some skips at the start are
    /// the scaler finding its scale: from 65,536 to 1 it takes 16.
    /// </summary>
    public int MaxSkippedInARow { get; init; } = 20;

    /// <summary>
    /// The loss scaler, which the training then owns; null = a default one that is enabled where Float16 is computed or stored.
    /// </summary>
    public GradScaler? Scaler { get; init; }

    /// <summary>
    /// How the training is divided over several processes (<see cref="Distributed.DataParallel"/>), the same in each; null = it runs in
    /// this one.
    /// </summary>
    public TrainingParallelism? Parallelism { get; init; }
}
