using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Lists;

namespace Precision.Generator.Flow;

/// <summary>
/// The dtype of every tensor in one body (a method, an accessor, an initialiser, with the lambdas and local functions in it),
/// found by a forward analysis of its control-flow graph, once for every way in which it is entered.
/// </summary>
internal sealed class DtypeFlow
{
    private readonly ImmutableArray<Way> ways;
    private readonly RegionMap regions;
    private readonly bool runsElsewhere;

    private DtypeFlow(RegionMap regions, ImmutableArray<Way> ways, bool runsElsewhere = false)
        => (this.regions, this.ways, this.runsElsewhere) = (regions, ways, runsElsewhere);

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

        var entries = owner is IMethodSymbol method ? context.Callers.EntriesOf(method, token) : [];
        var precision = context.PrecisionAt(owner, token);
        var isForward = precision.Kind is not ClassKind.Plain && BodyRegion.IsForward(owner);

        // Whoever else calls the forward of an annotated class is not known; a method that models call is judged as they call it.
        var all = entries.Count == 0 || isForward
            ? precision.Scenarios(body.Regions, context.ProjectDtypes).Select(scenario => OwnEntry(owner, precision, scenario, context, token)).Concat(entries)
            : entries;
        var ways = ImmutableArray.CreateBuilder<Way>();
        foreach (var alike in all.GroupBy(static entry => entry.On(Devices.Any)))
        {
            FlowAnalysis? analysis = null;
            foreach (var entry in alike)
            {
                if (analysis is null or { DependsOnDevice: true })
                {
                    analysis = new FlowAnalysis(context, new FlowRun(body, owner, entry, KeepsValues: true), token);
                    analysis.Run(entry.State(owner, body.Variables, context, token));
                }

                ways.Add(new Way(entry, analysis.Values));
            }
        }

        return new DtypeFlow(body.Regions, ways.ToImmutable(), entries.Count > 0 && context.Callers.RunsElsewhere(owner, token));
    }

    /// <summary>What is known of the dtype of the tensor that an operation gives.</summary>
    public DtypeFact Of(IOperation operation) => Of(operation, static _ => true);

    /// <summary>The same for those ways in only on which a number has a certain value. Nothing is known on the others.</summary>
    public DtypeFact Of(IOperation operation, IOperation number, double value) => Of(operation, way => ConstantOn(way, number) == value);

    /// <summary>The constants that callers give to an expression, without numbers that every 16-bit dtype holds.</summary>
    public IEnumerable<double> ConstantsOf(IOperation operation) => ways.Select(way => ConstantOn(way, operation)).OfType<double>().Distinct();

    /// <summary>The dtype that a value of type <c>ScalarType</c> certainly is; none where it is not known.</summary>
    public Dtypes OfScalarType(IOperation operation)
    {
        var dtypes = ways.Aggregate(
            Dtypes.None,
            (union, way) => union | ((ValueOf(way.Values, operation) as DtypeValue)?.Dtypes ?? Dtypes.Any));
        return dtypes.IsOne() ? dtypes : Dtypes.None;
    }

    /// <summary>The region around an operation.</summary>
    public RegionFact RegionAt(IOperation operation)
    {
        var (kind, dtypes) = (default(RegionKind?), Dtypes.None);
        foreach (var way in ways)
        {
            var region = regions.At(operation.Syntax.SpanStart, way.Entry.Region, way.Entry.Scenario);
            kind = kind is null || kind == region.Kind ? region.Kind : RegionKind.Uncertain;
            dtypes |= region.MayBe | (region.Kind is RegionKind.TrueSixteenBit ? way.Entry.Scenario.Compute : Dtypes.None);
        }

        return new RegionFact(kind ?? RegionKind.None, dtypes);
    }

    private DtypeFact Of(IOperation operation, Func<Way, bool> isTold)
    {
        var dtypes = ImmutableArray.CreateBuilder<DtypeOnWay>(ways.Length);
        foreach (var way in ways)
        {
            var value = isTold(way) ? ValueOf(way.Values, operation) as TensorDtype : null;
            dtypes.Add(new(way.Entry.Scenario, value ?? TensorDtype.Unknown, way.Entry.Path));
        }

        return new(dtypes.MoveToImmutable(), runsElsewhere);
    }

    private static double? ConstantOn(Way way, IOperation operation) => (ValueOf(way.Values, operation) as NumberValue)?.Constant;

    /// <summary>
    /// A member's body without callers. The forward of an annotated class runs in its region, and so do private helpers that
    /// nothing else calls. A class without an annotation runs in no region, and what a list puts into float32 in none that is on.
    /// </summary>
    private static Entry OwnEntry(ISymbol member, PrecisionOfClass precision, Scenario scenario, FlowContext context, CancellationToken token)
    {
        var isFloat32 = member is IMethodSymbol method && context.AreCallsIntercepted && context.Lists.FindDeclared(method) is { Dtype: ListedDtype.Float32 };
        var inside = isFloat32 ? FlowRegion.Disabled : BodyRegion.Inside(precision.Kind, scenario);
        var region = precision.Kind is ClassKind.Plain || context.RunsInForward(member, token) ? inside
            : member is IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.PropertyGet, IsStatic: false } ? inside.OrNone()
            : FlowRegion.None;
        var model = precision.Kind is ClassKind.Plain ? null : member.ContainingType.OriginalDefinition;
        return new Entry(scenario, region, precision, Receiver: model is { IsSealed: true } ? model : null, Model: model);
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

    /// <summary>What every expression gives where the body is entered in one way.</summary>
    private readonly record struct Way(Entry Entry, IReadOnlyDictionary<SyntaxNode, FlowValue> Values);
}
