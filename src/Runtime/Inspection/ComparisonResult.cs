using System.Text.Json;

namespace Precision.Inspection;

/// <summary>What a comparison found: every curve, the numbers for a table, and a recommendation.</summary>
public sealed record ComparisonResult
{
    /// <summary>What was learned.</summary>
    public required string Task { get; init; }

    /// <summary>Where: "cpu" or "cuda:0".</summary>
    public required string Device { get; init; }

    /// <summary>What that device computes natively.</summary>
    public required Hardware Hardware { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Optimizer steps of a whole training.</summary>
    public required int Steps { get; init; }

    /// <summary>Samples that one step learns from.</summary>
    public required long SamplesPerStep { get; init; }

    /// <summary>What a sample is, in plural.</summary>
    public required string SampleUnit { get; init; }

    /// <summary>The seeds of each mode's trainings.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>Float32 first.</summary>
    public required IReadOnlyList<ModeResult> Modes { get; init; }

    /// <summary>What to do, and why.</summary>
    public required Recommendation Recommendation { get; init; }

    /// <summary>Everything for programs, in camel case; NaN and infinities are strings.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ComparisonJson.Default.ComparisonResult);
}
