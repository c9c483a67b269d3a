using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Microsoft.CodeAnalysis.Text;
using Precision.Generator.Flow.Values;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Regions;

/// <summary>
/// The regions that a body itself opens, by the text that they cover: the body of a <c>using</c> statement, or what follows a
/// <c>using</c> declaration in its block.
/// </summary>
internal sealed class RegionMap
{
    private readonly ImmutableArray<Entry> entries;

    private RegionMap(ImmutableArray<Entry> entries) => this.entries = entries;

    /// <summary>Of a body without regions.</summary>
    public static RegionMap Empty { get; } = new([]);

    /// <summary>The devices whose regions are opened; none without regions.</summary>
    public Devices Devices => entries.Aggregate(Devices.None, static (devices, entry) => devices | entry.Devices);

    /// <summary>Whether a region is one of some devices only.</summary>
    public bool DependsOnDevice => entries.Any(static entry => entry.Devices is Devices.Cpu or Devices.Cuda);

    /// <summary>Whether a region has a dtype that is resolved at run time.</summary>
    public bool HasAuto => entries.Any(static entry => entry.IsAuto);

    /// <summary>The region at a place, where the body's own is known.</summary>
    public FlowRegion At(int position, FlowRegion body, Scenario scenario)
    {
        var region = body;
        foreach (var entry in entries)
        {
            if (entry.Span.Start > position)
            {
                break;
            }

            if (!entry.Span.Contains(position))
            {
                continue;
            }

            region = entry.IsFunction ? Anywhere(body, scenario) : RegionOf(entry, scenario) ?? region;
        }

        return region;
    }

    /// <summary>Where a lambda or local function may run: wherever the body can call it.</summary>
    private FlowRegion Anywhere(FlowRegion body, Scenario scenario)
    {
        var region = body;
        foreach (var entry in entries)
        {
            region = !entry.IsFunction && RegionOf(entry, scenario) is { } opened ? region.Or(opened) : region;
        }

        return region;
    }

    /// <summary>The region that is opened at a place; null where it is one of another device.</summary>
    private static FlowRegion? RegionOf(Entry entry, Scenario scenario)
        => (entry.Devices & scenario.Devices) == 0 ? null
            : entry.IsAuto && scenario.Compute is not Dtypes.None ? FlowRegion.Autocast(scenario.Compute)
            : entry.Region;

    private static bool IsRegion(ITypeSymbol? type)
        => type is { IsRefLikeType: true, Name: "AutocastRegion", ContainingNamespace: { Name: "Precision", ContainingNamespace.IsGlobalNamespace: true } };

    private static Entry EntryOf(IInvocationOperation invocation)
    {
        var (region, isAuto) = RegionOf(invocation);
        IOperation current = invocation;
        for (; current.Parent is { } parent; current = parent)
        {
            switch (parent)
            {
                case IUsingOperation @using when @using.Resources == current || @using.Resources.Syntax.Span.Contains(current.Syntax.Span):
                    return new Entry(@using.Body.Syntax.Span, DeviceOf(invocation), region, IsFunction: false, isAuto);
                case IUsingDeclarationOperation { Parent: { } block } declaration:
                    return new Entry(Rest(declaration, block), DeviceOf(invocation), region, IsFunction: false, isAuto);
                case IBlockOperation block:
                    // Left by hand, somewhere.
                    return new Entry(Rest(current, block), DeviceOf(invocation), region.OrNone(), IsFunction: false, IsAuto: false);
            }
        }

        return new Entry(invocation.Syntax.Span, DeviceOf(invocation), region.OrNone(), IsFunction: false, IsAuto: false);
    }

    private static TextSpan Rest(IOperation statement, IOperation block)
        => TextSpan.FromBounds(statement.Syntax.Span.End, Math.Max(statement.Syntax.Span.End, block.Syntax.Span.End));

    private static (FlowRegion Region, bool IsAuto) RegionOf(IInvocationOperation invocation)
    {
        var method = invocation.TargetMethod;
        if (method.ContainingType.Name == "Autocast")
        {
            if (method.Name == "Disable")
            {
                return (FlowRegion.Disabled, false);
            }

            if (invocation.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "dtype")?.Value is { } argument
                && argument.WithoutConversions().ConstantValue is { HasValue: true, Value: int value })
            {
                return (Dtype)value is Dtype.Float32
                    ? (FlowRegion.Disabled, false)
                    : (FlowRegion.Autocast(((Dtype)value).ToDtypes()), (Dtype)value is Dtype.Auto);
            }
        }

        return (new FlowRegion(RegionKind.Uncertain, MayBeOff: true, Dtypes.SixteenBit), false);
    }

    private static Devices DeviceOf(IInvocationOperation invocation)
        => invocation.Arguments.FirstOrDefault(static argument => argument.Parameter?.Name == "device")?.Value.WithoutConversions()
                is IMemberReferenceOperation { Member: { IsStatic: true, Name: var name } } // TorchSharp's CPU is a field, its CUDA a property
            ? name switch
            {
                "CPU" => Devices.Cpu,
                "CUDA" => Devices.Cuda,
                _ => Devices.Any,
            }
            : Devices.Any;

    /// <summary>Finds the regions of a body whose operations it is told one by one.</summary>
    internal sealed class Builder
    {
        private List<IInvocationOperation>? regions;
        private List<IOperation>? functions;

        /// <summary>Whether lambdas or local functions were told.</summary>
        public bool HasFunctions => functions is not null;

        /// <summary>Notes an operation of the body.</summary>
        public void Note(IOperation operation)
        {
            switch (operation)
            {
                case IAnonymousFunctionOperation or ILocalFunctionOperation:
                    (functions ??= []).Add(operation);
                    break;
                case IInvocationOperation invocation when IsRegion(invocation.Type):
                    (regions ??= []).Add(invocation);
                    break;
            }
        }

        /// <summary>The regions of all that was told.</summary>
        public RegionMap ToMap() => regions is null
            ? Empty
            : new([.. regions.Select(EntryOf)
                .Concat((functions ?? []).Select(static function => new Entry(function.Syntax.Span, Devices.None, default, IsFunction: true, IsAuto: false)))
                .OrderBy(static entry => entry.Span.Start)]);
    }

    private readonly record struct Entry(TextSpan Span, Devices Devices, FlowRegion Region, bool IsFunction, bool IsAuto);
}
