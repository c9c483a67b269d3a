using System.Collections.Immutable;

namespace Precision.Generator.Plan.Models;

/// <summary>The operations of one method.</summary>
/// <param name="Body">The method and how it runs.</param>
/// <param name="Title">The method as the plan calls it.</param>
/// <param name="File">The name of the file that it is written in; null where there is no source.</param>
/// <param name="Rows">In the order of running.</param>
internal sealed record PlanSection(PlannedBody Body, string Title, string? File, ImmutableArray<PlanRow> Rows);
