namespace Precision.Training.Benchmarks;

/// <summary>A row of the table.</summary>
/// <param name="Name">As the Python side names the same row.</param>
/// <param name="Policy">How the model is stored and computed.</param>
/// <param name="IsFused">Whether the model is the one in fused operations.</param>
/// <param name="InitialScale">The loss scale to start with, which then moves every 10 good steps; null = as usual.</param>
internal sealed record TrainingMode(string Name, PrecisionPolicy Policy, bool IsFused = false, double? InitialScale = null)
{
    /// <summary>All rows, in the order of the table.</summary>
    public static IReadOnlyList<TrainingMode> All { get; } =
    [
        new("float32", PrecisionPolicy.Float32),
        new("bf16 autocast", new(Dtype.BFloat16)),
        new("fp16 autocast", new(Dtype.Float16)),
        new("bf16 parameters in a region", new(Dtype.BFloat16, Dtype.BFloat16)),
        new("bf16 true", new(Dtype.BFloat16, Dtype.BFloat16, Autocast: false)),
        new("bf16 autocast, fused", new(Dtype.BFloat16), IsFused: true),
        new("fp16 autocast, fused", new(Dtype.Float16), IsFused: true),
        new("fp16 autocast, fused, from a scale of 2^30", new(Dtype.Float16), IsFused: true, InitialScale: 1L << 30),
        new("bf16 true, fused", new(Dtype.BFloat16, Dtype.BFloat16, Autocast: false), IsFused: true),
    ];
}
