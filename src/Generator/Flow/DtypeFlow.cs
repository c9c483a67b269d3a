using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

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

        var precision = context.PrecisionOf(owner.ContainingType);
        var ways = precision.Scenarios(body.Regions, context.ProjectDtypes);
        var scenarios = ImmutableArray.CreateBuilder<(Scenario Scenario, IReadOnlyDictionary<SyntaxNode, FlowValue> Values, FlowRegion Body)>(ways.Length);
        FlowAnalysis? analysis = null;
        foreach (var scenario in ways)
        {
            var region = BodyRegion.Of(owner, precision, scenario, context, token);
            if (analysis is null or { DependsOnDevice: true } || scenarios[^1].Scenario.Compute != scenario.Compute)
            {
                analysis = new FlowAnalysis(context, body, owner, scenario, region, depth: 0, keepsValues: true, token);
                analysis.Run(Inputs.Of(owner, body.Variables, precision, scenario));
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
