using Precision.Generator.Forward.Models;

namespace Precision.Generator.Plan.Models;

/// <summary>What a method runs in.</summary>
/// <param name="Compute">The dtype of the region, or of everything where there is none.</param>
/// <param name="IsRegion">Whether autocast is on.</param>
internal readonly record struct PlanMode(Dtype Compute, bool IsRegion)
{
    /// <summary>Autocast off and float32 inputs.</summary>
    public static PlanMode FullPrecision { get; } = new(Dtype.Float32, false);

    /// <summary>What a class's attribute asks for; without a policy it is <c>[FullPrecision]</c>.</summary>
    public static PlanMode Of(Policy? policy)
        => policy is null or { Compute: Dtype.Float32 } ? FullPrecision : new(policy.Compute, policy.Autocast);
}
