using System.Collections.Immutable;

namespace Precision.Generator.Plan.Models;

/// <summary>The plan of one annotated class.</summary>
/// <param name="Name">The class's full name.</param>
/// <param name="Policy">What the attribute says, for the reader.</param>
/// <param name="Sections">The method that the generated forward calls, and every method that it reaches, in the order of reaching.</param>
internal sealed record ClassPlan(string Name, string Policy, ImmutableArray<PlanSection> Sections);
