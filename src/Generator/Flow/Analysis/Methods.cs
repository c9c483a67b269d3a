using System.Collections.Immutable;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Interception;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Calls of methods and modules that the same compilation declares: what they return, by analysing them with the values given.</summary>
internal sealed class Methods(FlowContext context, Scenario scenario, int depth, CancellationToken token)
{
    /// <summary>How many calls deep an analysis goes.</summary>
    private const int MaximumDepth = 3;

    /// <summary>Longer methods are not analysed for their callers' sake.</summary>
    private const int MaximumLength = 5_000;

    /// <summary>Whether a call would have returned something else on another kind of device.</summary>
    public bool DependsOnDevice { get; private set; }

    /// <summary>What a call returns; null when nothing is known.</summary>
    public FlowValue? Call(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, FlowRegion region)
        => depth < MaximumDepth && FindBody(invocation, instance) is { } method ? Run(method, invocation, arguments, region) : null;

    /// <summary>What a call returns that runs a method; null when nothing is known.</summary>
    public FlowValue? Run(IMethodSymbol method, IInvocationOperation invocation, FlowValue?[] arguments, FlowRegion region)
    {
        var values = new FlowValue?[method.Parameters.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (invocation.Arguments[i].Parameter is { RefKind: RefKind.None, Ordinal: var ordinal } && ordinal < values.Length)
            {
                values[ordinal] = arguments[i];
            }
        }

        // Who calls ForwardCore itself leaves the generated forward out, and with it the region.
        return BodyRegion.IsForward(method) && !BodyRegion.IsForward(invocation.TargetMethod)
            ? Forward(method, values, region)
            : Summary(method, values, region, scenario);
    }

    /// <summary>What a property of the compilation's own gives; null when nothing is known.</summary>
    public FlowValue? Get(IPropertyReferenceOperation reference, FlowRegion region)
        => reference.Property is { IsVirtual: false, IsOverride: false, IsAbstract: false, IsIndexer: false, GetMethod: { } getter }
            ? Summary(getter.OriginalDefinition, [], region, scenario)
            : null;

    /// <summary>
    /// What the generated forward of an annotated class returns: that of <c>ForwardCore</c> in its region, with the casts of
    /// inputs and results.
    /// </summary>
    private FlowValue? Forward(IMethodSymbol core, FlowValue?[] values, FlowRegion region)
    {
        var precision = context.PrecisionOf(core.ContainingType);
        var compute = precision.Policy?.Compute switch
        {
            null or Dtype.Float32 => Dtypes.None,
            Dtype.Auto => scenario.Compute is Dtypes.None ? Dtypes.SixteenBit : scenario.Compute,
            { } dtype => dtype.ToDtypes(),
        };
        if (!compute.IsOne() && compute is not Dtypes.None)
        {
            return null;
        }

        var inside = new Scenario(scenario.Devices, compute);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Inputs.Cast(values[i], precision.Kind, inside);
            if (values[i] is TensorDtype tensor && precision.Kind is ClassKind.TrueSixteenBit && tensor.Dtypes.Overlaps(compute)
                && !context.MayBeIndex(core.Parameters[i], token))
            {
                values[i] = tensor with { Dtypes = compute };
            }
        }

        if (Summary(core, values, BodyRegion.Inside(precision.Kind, inside), inside) is not TensorDtype result)
        {
            return null;
        }

        // Only forwards of annotated classes count as outer ones, and whether one is around plain code nobody sees.
        var isOuter = region.Kind is RegionKind.None;
        return precision.Policy?.Output.ToDtypes() switch
        {
            null or Dtypes.None => !result.Dtypes.Overlaps(Dtypes.SixteenBit) || !isOuter ? result
                : result with { Dtypes = (result.Dtypes & ~Dtypes.SixteenBit) | Dtypes.Float32, Origin = null },
            { } output => result with { Dtypes = (result.Dtypes & ~(Dtypes.SixteenBit | Dtypes.Float32)) | (output.IsOne() ? output : compute) },
        };
    }

    /// <summary>The method that a call certainly runs; null where that is open or its body is not here.</summary>
    private IMethodSymbol? FindBody(IInvocationOperation invocation, FlowValue? instance)
    {
        var method = invocation.TargetMethod;
        if (!MayGiveDtype(method.ReturnType))
        {
            return null;
        }

        if (method.Name is OperationTable.Call or OperationTable.Forward && FullPrecisionCall.IsModuleMethod(method))
        {
            return ExactType(invocation, instance)?.OriginalDefinition is { DeclaringSyntaxReferences.Length: > 0 } type ? ForwardMethods.Of(type) : null;
        }

        method = method.OriginalDefinition;
        return method is { IsAbstract: false, IsExtern: false, IsAsync: false, DeclaringSyntaxReferences.Length: 1 }
            && (!(method.IsVirtual || method.IsOverride)
                || SymbolEqualityComparer.Default.Equals(ExactType(invocation, instance), method.ContainingType))
                ? method
                : null;
    }

    private static INamedTypeSymbol? ExactType(IInvocationOperation invocation, FlowValue? instance)
        => (instance as ObjectValue)?.Type ?? (instance as HeldValue)?.Type ?? (invocation.Instance?.Type is INamedTypeSymbol { IsSealed: true } type ? type : null);

    private FlowValue? Summary(IMethodSymbol method, FlowValue?[] values, FlowRegion region, Scenario scenario)
    {
        if (depth >= MaximumDepth
            || method.DeclaringSyntaxReferences is not [var reference]
            || reference.Span.Length > MaximumLength
            || !MayGiveDtype(method.ReturnType))
        {
            return null;
        }

        var key = new SummaryKey(method, scenario, region, depth, ImmutableArray.Create(values));
        if (!context.TryGetSummary(key, out var summary))
        {
            summary = Summarise(key, reference);
            context.Keep(key, summary);
        }

        DependsOnDevice |= summary.DependsOnDevice;
        return summary.Value;
    }

    private Summary Summarise(SummaryKey key, SyntaxReference reference)
    {
        if (context.BodyOf(reference.GetSyntax(token), token) is not { IsReadable: true } body)
        {
            return default;
        }

        var state = new FlowState(body.Variables);
        for (var i = 0; i < key.Values.Length; i++)
        {
            state[key.Method.Parameters[i]] = key.Values[i];
        }

        var analysis = new FlowAnalysis(context, new FlowRun(body, key.Method, key.Scenario, key.Region, depth + 1), token);
        return new Summary(analysis.Run(state), analysis.DependsOnDevice);
    }

    private static bool MayGiveDtype(ITypeSymbol type)
        => type.IsTensorOrDerived() || type is IArrayTypeSymbol or INamedTypeSymbol { IsTupleType: true } || type.Name == "ScalarType";
}

/// <summary>What a call returns.</summary>
/// <param name="Value">The value; null when nothing is known.</param>
/// <param name="DependsOnDevice">Whether another one would be returned on another kind of device.</param>
internal readonly record struct Summary(FlowValue? Value, bool DependsOnDevice);

/// <summary>A call of a method, as far as its result depends on it.</summary>
internal sealed record SummaryKey(IMethodSymbol Method, Scenario Scenario, FlowRegion Region, int Depth, ImmutableArray<FlowValue?> Values)
{
    public bool Equals(SummaryKey? other)
        => other is not null && SymbolEqualityComparer.Default.Equals(Method, other.Method) && Scenario == other.Scenario && Region == other.Region
            && Depth == other.Depth && Values.SequenceEqual(other.Values);

    public override int GetHashCode()
    {
        var hash = SymbolEqualityComparer.Default.GetHashCode(Method);
        foreach (var value in Values)
        {
            hash = unchecked((hash * 31) + (value?.GetHashCode() ?? 0));
        }

        return hash;
    }
}
