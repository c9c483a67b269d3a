using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow;

/// <summary>
/// The dtype of every tensor in one body (a method, an accessor, an initialiser, with the lambdas and local functions in it),
/// found by a forward analysis of its control-flow graph, once for every scenario.
/// </summary>
internal sealed class DtypeFlow
{
    private readonly ImmutableArray<(Scenario Scenario, IReadOnlyDictionary<SyntaxNode, FlowValue> Values, FlowRegion Body)> scenarios;
    private readonly RegionMap regions;

    private DtypeFlow(
        RegionMap regions,
        ImmutableArray<(Scenario Scenario, IReadOnlyDictionary<SyntaxNode, FlowValue> Values, FlowRegion Body)> scenarios)
    {
        this.regions = regions;
        this.scenarios = scenarios;
    }

    /// <summary>Analyses a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="owner">The member that it belongs to.</param>
    /// <param name="context">What is known of the compilation.</param>
    /// <param name="token">Cancels.</param>
    public static DtypeFlow Analyze(Body body, ISymbol owner, FlowContext context, CancellationToken token)
    {
        if (!body.IsReadable)
        {
            return new DtypeFlow(body.Regions, []);
        }

        var precision = context.PrecisionAt(owner, token);
        var ways = precision.Scenarios(body.Regions, context.ProjectDtypes);
        var scenarios = ImmutableArray.CreateBuilder<(Scenario Scenario, IReadOnlyDictionary<SyntaxNode, FlowValue> Values, FlowRegion Body)>(ways.Length);
        FlowAnalysis? analysis = null;
        foreach (var scenario in ways)
        {
            var region = RegionOf(owner, precision, scenario, context, token);
            if (analysis is null or { DependsOnDevice: true } || scenarios[^1].Scenario.Compute != scenario.Compute)
            {
                analysis = new FlowAnalysis(context, new FlowRun(body, owner, scenario, region, KeepsValues: true), token);
                analysis.Run(Inputs.Of(owner, body.Variables, precision, scenario, parameter => context.MayBeIndex(parameter, token)));
            }

            scenarios.Add((scenario, analysis.Values, region));
        }

        return new DtypeFlow(body.Regions, scenarios.MoveToImmutable());
    }

    /// <summary>What is known of the dtype of the tensor that an operation gives.</summary>
    public DtypeFact Of(IOperation operation)
    {
        var dtypes = ImmutableArray.CreateBuilder<(Scenario Scenario, TensorDtype Dtype)>(scenarios.Length);
        foreach (var (scenario, values, _) in scenarios)
        {
            dtypes.Add((scenario, ValueOf(values, operation) as TensorDtype ?? TensorDtype.Unknown));
        }

        return new(dtypes.MoveToImmutable());
    }

    /// <summary>The dtype that a value of type <c>ScalarType</c> certainly is; none where it is not known.</summary>
    public Dtypes OfScalarType(IOperation operation)
    {
        var dtypes = scenarios.Aggregate(
            Dtypes.None,
            (union, scenario) => union | ((ValueOf(scenario.Values, operation) as DtypeValue)?.Dtypes ?? Dtypes.Any));
        return dtypes.IsOne() ? dtypes : Dtypes.None;
    }

    /// <summary>The region around an operation.</summary>
    public RegionFact RegionAt(IOperation operation)
    {
        var (kind, dtypes) = (RegionKind.None, Dtypes.None);
        foreach (var (scenario, _, body) in scenarios)
        {
            var region = regions.At(operation.Syntax.SpanStart, body, scenario);
            kind = region.Kind;
            dtypes |= region.MayBe | (region.Kind is RegionKind.TrueSixteenBit ? scenario.Compute : Dtypes.None);
        }

        return new RegionFact(kind, dtypes);
    }

    /// <summary>
    /// The region of a member's body. The forward of an annotated class runs in its region, and so do private helpers that
    /// nothing else calls. A class without annotation is taken for what it shows: no region.
    /// </summary>
    private static FlowRegion RegionOf(ISymbol member, PrecisionOfClass precision, Scenario scenario, FlowContext context, CancellationToken token)
    {
        var inside = BodyRegion.Inside(precision.Kind, scenario);
        if (precision.Kind is ClassKind.Plain || context.RunsInForward(member, token))
        {
            return inside;
        }

        return member is IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.PropertyGet, IsStatic: false } ? inside.OrNone() : FlowRegion.None;
    }

    private static FlowValue? ValueOf(IReadOnlyDictionary<SyntaxNode, FlowValue> values, IOperation operation)
    {
        for (var current = operation; ; current = ((IConversionOperation)current).Operand)
        {
            if (values.TryGetValue(current.Syntax, out var value))
            {
                return value;
            }

            if (current is not IConversionOperation)
            {
                return null;
            }
        }
    }
}
