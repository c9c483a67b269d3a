using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Analysis;

/// <summary>One body as it runs in one scenario.</summary>
/// <param name="Body">The body.</param>
/// <param name="Owner">The member that it belongs to.</param>
/// <param name="Scenario">Where it runs.</param>
/// <param name="Region">The region that its callers have opened.</param>
/// <param name="Depth">How many calls deep in another analysis it is.</param>
/// <param name="KeepsValues">Whether what each expression gives is asked for, and not only what the body returns.</param>
internal sealed record FlowRun(Body Body, ISymbol Owner, Scenario Scenario, FlowRegion Region, int Depth = 0, bool KeepsValues = false);
