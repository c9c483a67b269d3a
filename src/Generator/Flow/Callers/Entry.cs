using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;

namespace Precision.Generator.Flow.Callers;

/// <summary>One way in which a body runs: as the forward of its class, or called from another body.</summary>
/// <param name="Scenario">The device and the class's dtype.</param>
/// <param name="Region">The region that its callers have opened.</param>
/// <param name="Precision">What the annotation of the class, or of the model that holds it, says.</param>
/// <param name="Arguments">What is known of its parameters; default where that is what the annotation says.</param>
/// <param name="Receiver">The class of the object, where a call shows more than the body's own class.</param>
/// <param name="Model">The annotated model that it runs in; null outside of one.</param>
/// <param name="Path">For messages: how the model reaches it, <c>Model.blocks</c>; null in the model's own members.</param>
internal sealed record Entry(
    Scenario Scenario,
    FlowRegion Region,
    PrecisionOfClass Precision,
    ImmutableArray<FlowValue?> Arguments = default,
    INamedTypeSymbol? Receiver = null,
    INamedTypeSymbol? Model = null,
    string? Path = null)
{
    /// <summary>Whether anything in it can make a value 16-bit that the body itself does not.</summary>
    public bool Tells => Region.MayBe is not Dtypes.None || Region.Kind is RegionKind.TrueSixteenBit || (!Arguments.IsDefault && Arguments.Any(Is16Bit));

    /// <summary>The state in which the body begins.</summary>
    public FlowState State(ISymbol owner, Variables variables, FlowContext context, CancellationToken token)
    {
        var state = Inputs.Of(owner, variables, Precision, Scenario, context, token);
        if (owner is IMethodSymbol method && !Arguments.IsDefault)
        {
            for (var i = 0; i < Arguments.Length && i < method.Parameters.Length; i++)
            {
                state[method.Parameters[i]] = Arguments[i] ?? state[method.Parameters[i]];
            }
        }

        return state;
    }

    /// <summary>The same on another kind of device.</summary>
    public Entry On(Devices devices) => this with { Scenario = Scenario with { Devices = devices } };

    /// <summary>Whether another one differs in what is known of the arguments and of the region alone.</summary>
    public bool IsLike(Entry other)
        => Scenario == other.Scenario && Path == other.Path && Precision.Equals(other.Precision)
            && SymbolEqualityComparer.Default.Equals(Receiver, other.Receiver) && SymbolEqualityComparer.Default.Equals(Model, other.Model);

    /// <summary>This one or another one that is like it.</summary>
    public Entry Or(Entry other) => this with
    {
        Region = Region.Or(other.Region),
        Arguments = Arguments.IsDefault || other.Arguments.IsDefault ? default : [.. Arguments.Zip(other.Arguments, FlowValue.Join)],
    };

    public bool Equals(Entry? other)
        => other is not null && IsLike(other) && Region == other.Region
            && Arguments.IsDefault == other.Arguments.IsDefault && (Arguments.IsDefault || Arguments.SequenceEqual(other.Arguments));

    public override int GetHashCode()
    {
        var hash = Region.GetHashCode() ^ Scenario.GetHashCode();
        foreach (var argument in Arguments.IsDefault ? [] : Arguments)
        {
            hash = unchecked((hash * 31) + (argument?.GetHashCode() ?? 0));
        }

        return hash;
    }

    private static bool Is16Bit(FlowValue? value) => value switch
    {
        TensorDtype tensor => Is16Bit(tensor.Dtypes),
        DtypeValue dtype => Is16Bit(dtype.Dtypes),
        SequenceValue sequence => Is16Bit(sequence.Element),
        TupleValue tuple => tuple.Elements.Any(Is16Bit),
        ObjectValue made => made.Members.Values.Any(Is16Bit),
        _ => false,
    };

    /// <summary>Of what may have any floating dtype nothing is known.</summary>
    private static bool Is16Bit(Dtypes dtypes) => dtypes.Overlaps(Dtypes.SixteenBit) && (dtypes & Dtypes.Floating) != Dtypes.Floating;
}
