namespace Precision.Inspection;

/// <summary>What a comparison advises.</summary>
/// <param name="Format">The format that suits the task: BFloat16 or Float16, or Float32 where neither learns what float32 learns.</param>
/// <param name="Mode">The mode to train in on this hardware: one of the result's, Float32 where 16-bit does not pay.</param>
/// <param name="PaysHere">Whether 16-bit is faster, or takes less memory at the same speed, on this hardware.</param>
/// <param name="Headline">The advice in one sentence.</param>
/// <param name="Reasons">What it rests on, a sentence each.</param>
public sealed record Recommendation(Dtype Format, string Mode, bool PaysHere, string Headline, IReadOnlyList<string> Reasons);
