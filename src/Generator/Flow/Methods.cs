using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Generation.Symbols;
using Precision.Generator.Interception;

namespace Precision.Generator.Flow;

/// <summary>Calls of methods and modules that the same compilation declares: what they return, by analysing them with the values given.</summary>
internal sealed class Methods(FlowContext context, Scenario scenario, int depth, CancellationToken token)
{
    /// <summary>How many calls deep an analysis goes.</summary>
    private const int MaximumDepth = 3;

    /// <summary>Longer methods are not analysed for their callers' sake.</summary>
    private const int MaximumLength = 5_000;

    /// <summary>What a call returns; null when nothing is known.</summary>
    public FlowValue? Call(IInvocationOperation invocation, FlowValue? instance, FlowValue?[] arguments, FlowRegion region)
    {
        if (FindBody(invocation, instance) is not { } method)
        {
            return null;
        }

        var values = new FlowValue?[method.Parameters.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (invocation.Arguments[i].Parameter is { RefKind: RefKind.None, Ordinal: var ordinal } && ordinal < values.Length)
            {
                values[ordinal] = arguments[i];
            }
        }

        return BodyRegion.IsForward(method) ? Forward(method, values, region) : Summary(method, values, region);
    }

    /// <summary>What a property of the compilation's own gives; null when nothing is known.</summary>
    public FlowValue? Get(IPropertyReferenceOperation reference, FlowRegion region)
        => reference.Property is { IsVirtual: false, IsOverride: false, IsAbstract: false, IsIndexer: false, GetMethod: { } getter }
            ? Summary(getter.OriginalDefinition, [], region)
            : null;

    /// <summary>
    /// What the generated forward of an annotated class returns: that of <c>ForwardCore</c> in its region, with the casts of
    /// inputs and results.
    /// </summary>
    private FlowValue? Forward(IMethodSymbol core, FlowValue?[] values, FlowRegion region)
    {
        var precision = PrecisionOfClass.Of(core.ContainingType);
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
        var inputs = values.Select(value => Inputs.Cast(value, precision.Kind, inside)).ToArray();
        if (Summary(core, inputs, BodyRegion.Inside(precision.Kind, inside), inside) is not TensorDtype result)
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
    private static IMethodSymbol? FindBody(IInvocationOperation invocation, FlowValue? instance)
    {
        var method = invocation.TargetMethod.OriginalDefinition;
        var exact = (instance as ObjectValue)?.Type ?? (invocation.Instance?.Type is INamedTypeSymbol { IsSealed: true } type ? type : null);
        if (method.Name is "call" or "forward" && FullPrecisionCall.IsModuleMethod(method))
        {
            return exact?.OriginalDefinition.GetMembers().OfType<IMethodSymbol>().FirstOrDefault(static member
                => BodyRegion.IsForward(member) || (member is { Name: "forward", IsOverride: true } && member.FindPrecisionGenerated() is null
                    && member.ContainingType.FindPrecisionGenerated() is null));
        }

        return method is { IsAbstract: false, IsExtern: false, IsAsync: false } && (!(method.IsVirtual || method.IsOverride) || exact is not null && SymbolEqualityComparer.Default.Equals(exact, method.ContainingType))
            ? method
            : null;
    }

    private FlowValue? Summary(IMethodSymbol method, FlowValue?[] values, FlowRegion region) => Summary(method, values, region, scenario);

    private FlowValue? Summary(IMethodSymbol method, FlowValue?[] values, FlowRegion region, Scenario scenario)
    {
        if (depth >= MaximumDepth || method.DeclaringSyntaxReferences is not [var reference] || reference.Span.Length > MaximumLength || !MayGiveDtype(method.ReturnType))
        {
            return null;
        }

        return context.Summarise(new SummaryKey(method, scenario, region, depth, [.. values]), () =>
        {
            var syntax = reference.GetSyntax(token);
            if (!context.Compilation.ContainsSyntaxTree(syntax.SyntaxTree)
                || context.Compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax, token) is not { } root
                || Graphs.Create(root, token) is not { } graph)
            {
                return null;
            }

            var state = new FlowState();
            for (var i = 0; i < values.Length; i++)
            {
                state[method.Parameters[i]] = values[i];
            }

            return new FlowAnalysis(context, scenario, RegionMap.Of(root), region, root, method, depth + 1, token).Run(graph, state);
        });
    }

    private static bool MayGiveDtype(ITypeSymbol type)
        => type.IsTensorOrDerived() || type is IArrayTypeSymbol or INamedTypeSymbol { IsTupleType: true } || type.Name == "ScalarType";
}

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
