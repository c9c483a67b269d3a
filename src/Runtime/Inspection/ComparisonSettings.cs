using static TorchSharp.torch;

namespace Precision.Inspection;

/// <summary>What <see cref="PrecisionComparison"/> trains, how long, and in which precisions.</summary>
public sealed record ComparisonSettings
{
    /// <summary>Float32, and both 16-bit formats with float32 parameters.</summary>
    public static IReadOnlyList<PrecisionPolicy> Formats { get; } =
        [PrecisionPolicy.Float32, new(Dtype.BFloat16), new(Dtype.Float16)];

    /// <summary>Float32, and both 16-bit formats in each way to store parameters: float32, 16-bit with masters, true 16-bit.</summary>
    public static IReadOnlyList<PrecisionPolicy> AllStorageModes { get; } =
    [
        PrecisionPolicy.Float32,
        .. new[] { Dtype.BFloat16, Dtype.Float16 }.SelectMany(static dtype => new PrecisionPolicy[]
        {
            new(dtype), new(dtype, dtype), new(dtype, dtype, Autocast: false),
        }),
    ];

    /// <summary>What is learned, for the reader of the report.</summary>
    public required string Task { get; init; }

    /// <summary>Where everything is trained.</summary>
    public required Device Device { get; init; }

    /// <summary>Optimizer steps of each training; at least 1.</summary>
    public required int Steps { get; init; }

    /// <summary>How many samples one step learns from, for the speed.</summary>
    public required long SamplesPerStep { get; init; }

    /// <summary>What a sample is, in plural.</summary>
    public string SampleUnit { get; init; } = "samples";

    /// <summary>The precisions. Float32 is what the others are compared with, and is added where it is missing.</summary>
    public IReadOnlyList<PrecisionPolicy> Policies { get; init; } = Formats;

    /// <summary>Each policy is trained once for each. With two or more, differences between seeds tell which others mean something.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [1];

    /// <summary>
    /// How long the whole comparison may take: each training gets an equal share of what is left. One that is too slow for it (Float16 on
    /// a CPU that has to emulate it) ends at an earlier validation, is marked as reduced, and is compared with float32 after as many steps.
    /// Null = as long as it takes.
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>These settings with every value checked and Float32 first.</summary>
    /// <exception cref="ArgumentException">A value cannot be; the message names it.</exception>
    internal ComparisonSettings Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SamplesPerStep, 1);
        if (Seeds.Count == 0)
        {
            throw new ArgumentException("There is no seed to train with: give at least one.", nameof(Seeds));
        }

        if (Policies.FirstOrDefault(static policy => policy.Validated().Compute is Dtype.Auto) is not null)
        {
            throw new ArgumentException(
                "Auto cannot be compared: it is one of the others. Give Float32, BFloat16 and Float16.", nameof(Policies));
        }

        return this with
        {
            Policies = [PrecisionPolicy.Float32, .. Policies.Where(static policy => policy.Compute is not Dtype.Float32).Distinct()],
        };
    }
}
