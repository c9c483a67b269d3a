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
    /// <param name="root">Its outermost operation.</param>
    /// <param name="owner">The member that it belongs to.</param>
    /// <param name="context">What is known of the compilation.</param>
    /// <param name="token">Cancels.</param>
    public static DtypeFlow Analyze(IOperation root, ISymbol owner, FlowContext context, CancellationToken token)
    {
        var regions = RegionMap.Of(root);
        if (Graphs.Create(root, token) is not { } graph)
        {
            return new DtypeFlow(regions, []);
        }

        var precision = PrecisionOfClass.Of(owner.ContainingType);

        return new DtypeFlow(
            regions,
            precision.Scenarios(regions, context.ProjectDtypes).Select(scenario =>
            {
                var body = BodyRegion.Of(owner, precision, scenario, token);
                var analysis = new FlowAnalysis(context, scenario, regions, body, root, owner, depth: 0, token);
                analysis.Run(graph, Inputs.Of(owner, precision, scenario));
                return (scenario, analysis.Values, body);
            }).ToImmutableArray());
    }

    /// <summary>What is known of the dtype of the tensor that an operation gives.</summary>
    public DtypeFact Of(IOperation operation)
        => new([.. scenarios.Select(scenario => (scenario.Scenario, ValueOf(scenario.Values, operation) as TensorDtype ?? TensorDtype.Unknown))]);

    /// <summary>What the elements of a collection of tensors have in common.</summary>
    public DtypeFact OfElements(IOperation operation)
        => new([.. scenarios.Select(scenario => (
            scenario.Scenario,
            (ValueOf(scenario.Values, operation) as SequenceValue)?.Element as TensorDtype ?? TensorDtype.Unknown))]);

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
