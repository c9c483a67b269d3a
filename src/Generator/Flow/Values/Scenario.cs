namespace Precision.Generator.Flow.Values;

/// <summary>One way in which a body may run. A body is analysed once for each, and rules ask how often a fault appears.</summary>
/// <param name="Devices">Where it runs: one kind of device, or any where that makes no difference.</param>
/// <param name="Compute">
/// The dtype that the annotated class, or a region of dtype <c>Auto</c>, computes in; none where neither is there.
/// </param>
internal readonly record struct Scenario(Devices Devices, Dtypes Compute);
