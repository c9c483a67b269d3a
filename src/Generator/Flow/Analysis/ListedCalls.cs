using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Forward.Symbols;
using Precision.Generator.Lists;
using Precision.Generator.Modules;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Flow.Analysis;

/// <summary>Calls of what the user has put on a list of operations: their inputs are cast, and the region may be off inside.</summary>
internal sealed class ListedCalls(FlowContext context, FlowRun run, CancellationToken token)
{
    /// <summary>What autocast casts: not float64, and no integers.</summary>
    private const Dtypes Eligible = Dtypes.SixteenBit | Dtypes.Float32;

    /// <summary>What a list says of a call that a build replaces; null where nothing does.</summary>
    public ListedMember? Find(IInvocationOperation call) => context.ListedCallOf(call);

    /// <summary>What a call gives.</summary>
    /// <param name="call">The call.</param>
    /// <param name="instance">What it is made on.</param>
    /// <param name="arguments">What is given.</param>
    /// <param name="region">The region around the call.</param>
    /// <param name="listed">What the list says.</param>
    /// <param name="result">What the member gives from an instance and arguments in a region.</param>
    public FlowValue? Call(
        IInvocationOperation call,
        FlowValue? instance,
        FlowValue?[] arguments,
        FlowRegion region,
        ListedMember listed,
        Func<FlowValue?, FlowValue?[], FlowRegion, FlowValue?> result)
    {
        if (region.Kind is RegionKind.None or RegionKind.Disabled)
        {
            return result(instance, arguments, region);
        }

        // Where something may be off, the call may run as it is written too.
        var mayBeOff = region.Kind is RegionKind.Uncertain;
        var compute = listed.Dtype is ListedDtype.Float32 ? Dtypes.Float32
            : region.MayBe | (region.Kind is RegionKind.TrueSixteenBit || (mayBeOff && region.MayBe is Dtypes.None) ? run.Entry.Scenario.Compute : Dtypes.None);
        var values = new ValueShapes(context.Compilation.Assembly);
        var given = arguments.Select((argument, i) => call.Arguments[i].Parameter is { } parameter
            ? Cast(argument, parameter.Type, parameter.OriginalDefinition, values)
            : FlowValue.Top).ToArray();
        var owner = call.TargetMethod is { IsStatic: false, ContainingType: var type } && type.IsTensor() ? Cast(instance, type, null, values) : instance;
        return result(owner, given, listed.Dtype is ListedDtype.Float32 ? FlowRegion.Disabled : region)
            ?? (mayBeOff || call.TargetMethod.IsInSource() || !call.TargetMethod.ReturnType.IsTensorOrDerived() ? FlowValue.Top : new TensorDtype(compute, Origin: Origin()));

        FlowValue? Cast(FlowValue? value, ITypeSymbol type, IParameterSymbol? parameter, ValueShapes values)
            => FlowValue.Join(
                mayBeOff ? value : TensorDtype.Bottom,
                value is TensorDtype tensor ? Tensor(tensor, parameter) : PartCasts.Cast(value, values.Of(type), tensor => Tensor(tensor, parameter: null)));

        // An input of which nothing is known is floating, unless it is used as something else.
        TensorDtype Tensor(TensorDtype tensor, IParameterSymbol? parameter)
        {
            var eligible = listed.Dtype is ListedDtype.Float32 ? Dtypes.SixteenBit : Eligible;
            return !tensor.Dtypes.Overlaps(eligible) ? tensor
                : listed.Dtype is ListedDtype.LowerPrecision && tensor.Dtypes is Dtypes.Any && parameter is { ContainingSymbol: var method } && method.IsInSource() && !context.MayBeIndex(parameter, token)
                    ? tensor with { Dtypes = compute, Origin = Origin() }
                : tensor with { Dtypes = (tensor.Dtypes & ~eligible) | compute, Origin = tensor.Dtypes.AreAllIn(compute) ? tensor.Origin : Origin() };
        }

        DtypeOrigin? Origin() => compute.Overlaps(Dtypes.SixteenBit) ? new(call.Syntax, "cast by the list for", call.TargetMethod.Name) : null;
    }
}
