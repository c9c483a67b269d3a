using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Models;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Classes;

/// <summary>What a class's annotation makes of its forward.</summary>
internal enum ClassKind
{
    /// <summary>Nothing: neither the class nor a base is annotated.</summary>
    Plain,

    /// <summary>It runs in a region.</summary>
    Mixed,

    /// <summary>It runs without autocast, and everything has the compute dtype.</summary>
    TrueSixteenBit,

    /// <summary>It runs with autocast off, and 16-bit inputs are cast to float32.</summary>
    FullPrecision,
}

/// <summary>The annotation of a class, as the flow needs it.</summary>
/// <param name="Kind">What it makes of the forward.</param>
/// <param name="Policy">The policy; null without one.</param>
/// <param name="Annotated">The annotated class: the class itself or the nearest of its bases that is; null without one.</param>
internal sealed record PrecisionOfClass(ClassKind Kind, Policy? Policy, INamedTypeSymbol? Annotated)
{
    /// <summary>A class without an annotation.</summary>
    public static readonly PrecisionOfClass Plain = new(ClassKind.Plain, null, null);

    /// <summary>Code that runs through a member marked <c>[FullPrecision]</c>.</summary>
    public static readonly PrecisionOfClass FullPrecision = new(ClassKind.FullPrecision, null, null);

    /// <summary>The annotation of a class or of the nearest of its bases that has one.</summary>
    public static PrecisionOfClass Of(INamedTypeSymbol? type)
    {
        for (var current = type; current is { TypeKind: TypeKind.Class } && !current.IsGenericModule(); current = current.BaseType)
        {
            var definition = current.OriginalDefinition;
            if (definition.GetAttributes().IsEmpty)
            {
                continue;
            }

            if (definition.FindMixedPrecision() is { } mixed)
            {
                return mixed.ReadPolicy() is { } policy
                    ? new(policy switch
                    {
                        { Compute: Dtype.Float32 } => ClassKind.FullPrecision,
                        { Autocast: true } => ClassKind.Mixed,
                        _ => ClassKind.TrueSixteenBit,
                    }, policy, current)
                    : Plain;
            }

            if (definition.FindFullPrecision() is not null)
            {
                return new(ClassKind.FullPrecision, null, current);
            }
        }

        return Plain;
    }

    /// <summary>The ways in which a body of the class may run.</summary>
    public ImmutableArray<Scenario> Scenarios(RegionMap regions, Dtypes projectDtypes)
    {
        var dtypes = Kind switch
        {
            ClassKind.Mixed or ClassKind.TrueSixteenBit => (Policy!.Compute.ToDtypes() | projectDtypes) & Dtypes.SixteenBit,
            _ => regions.HasAuto ? Dtypes.SixteenBit : Dtypes.None,
        };
        var devices = Kind is ClassKind.Mixed ? Devices.Any : regions.Devices;
        var scenarios = ImmutableArray.CreateBuilder<Scenario>();
        foreach (var dtype in dtypes is Dtypes.None ? [Dtypes.None] : dtypes.ToArray())
        {
            if (devices is Devices.Any)
            {
                scenarios.Add(new Scenario(Devices.Cuda, dtype));
                scenarios.Add(new Scenario(Devices.Cpu, dtype));
            }
            else
            {
                scenarios.Add(new Scenario(devices is Devices.None ? Devices.Any : devices, dtype));
            }
        }

        return scenarios.ToImmutable();
    }
}
