using Microsoft.CodeAnalysis;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Flow.Bodies;
using Precision.Generator.Flow.Callers;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Modules;
using Precision.Generator.Plan.Models;

namespace Precision.Generator.Plan;

/// <summary>What the dtype flow knows of the tensors of one body, in every way in which the plan's model enters it, on each kind of device.</summary>
internal sealed class KnownDtypes
{
    private readonly Dtype compute;
    private readonly List<Way> ways = [];

    private KnownDtypes(Dtype compute) => this.compute = compute;

    /// <summary>Analyses a body.</summary>
    /// <param name="root">Its outermost operation.</param>
    /// <param name="body">What the plan says of it.</param>
    /// <param name="entries">How the plan's model enters bodies.</param>
    /// <param name="context">What is known of the compilation.</param>
    /// <param name="token">Cancels.</param>
    public static KnownDtypes Of(IOperation root, PlannedBody body, Entries entries, FlowContext context, CancellationToken token)
    {
        var known = new KnownDtypes(body.Mode.Compute);
        var analysed = context.BodyOf(root, token);
        if (!analysed.IsReadable)
        {
            return known;
        }

        // What is called where the flow does not see it is entered with arguments that nobody knows.
        var seen = entries[body.Method].Where(entry => IsOf(body, entry)).ToArray();
        foreach (var entry in seen.Length > 0 ? seen : [Unseen(body, context)])
        {
            foreach (var device in entry.Scenario.Devices is Devices.Any ? [Devices.Cuda, Devices.Cpu] : new[] { entry.Scenario.Devices })
            {
                known.ways.Add(Way.Run(analysed, body.Method, entry.On(device), context, token));
            }
        }

        return known;
    }

    /// <summary>The dtype of an operation's result on CUDA and on the CPU; null where it is not known.</summary>
    public (string? Cuda, string? Cpu) Of(IOperation operation) => Of(way => way.ValueOf(operation));

    /// <summary>The same for one of the modules that a call may run.</summary>
    /// <param name="call">The call.</param>
    /// <param name="place">The module's place among them.</param>
    /// <param name="module">The module.</param>
    public (string? Cuda, string? Cpu) Of(IOperation call, int place, HeldModule module) => Of(way => way.ValueOf(call, place, module));

    private (string? Cuda, string? Cpu) Of(Func<Way, FlowValue?> valueOf)
    {
        return (On(Devices.Cuda), On(Devices.Cpu));

        string? On(Devices device)
        {
            var values = ways.Where(way => way.Device == device).Select(way => FirstOf(valueOf(way))).ToArray();
            return values.Length > 0 && values.All(static value => value is { IsRefused: true }) ? DtypeTexts.Throws
                : ToText(values.Aggregate(Dtypes.None, static (all, value) => all | (value?.Dtypes ?? Dtypes.Any)));
        }
    }

    /// <summary>A tensor, or the first of several.</summary>
    private static TensorDtype? FirstOf(FlowValue? value) => value switch
    {
        TupleValue { Elements: [var first, ..] } => first as TensorDtype,
        SequenceValue { Items: { IsDefaultOrEmpty: false } items } => items[0] as TensorDtype,
        SequenceValue sequence => sequence.Element as TensorDtype,
        _ => value as TensorDtype,
    };

    /// <summary>One dtype, or two that depend on who calls. In a model that computes in <c>Auto</c>, both 16-bit dtypes are that.</summary>
    private string? ToText(Dtypes dtypes) => dtypes switch
    {
        _ when dtypes.IsOne() => dtypes.ToText(),
        _ when !dtypes.AreAllIn(Dtypes.SixteenBit | Dtypes.Float32) => null,
        _ when compute is Dtype.Auto && (dtypes & Dtypes.SixteenBit) is Dtypes.SixteenBit
            => dtypes is Dtypes.SixteenBit ? nameof(Dtype.Auto) : $"{nameof(Dtype.Auto)} or {nameof(Dtype.Float32)}",
        _ => dtypes.ToText(),
    };

    /// <summary>Whether an entry is in the dtype and the region of a planned body, and of its class.</summary>
    private static bool IsOf(PlannedBody body, Entry entry)
        => (body.Mode == PlanMode.FullPrecision || entry.Scenario.Compute.Overlaps(body.Mode.Compute.ToDtypes()))
            && (entry.Region.Kind is RegionKind.Uncertain || entry.Region.Kind == RegionOf(body.Mode).Kind)
            && (entry.Receiver is null || body.Method.IsStatic
                || SymbolEqualityComparer.Default.Equals(entry.Receiver.OriginalDefinition, body.Class.OriginalDefinition));

    private static Entry Unseen(PlannedBody body, FlowContext context)
        => new(new Scenario(Devices.Any, body.Mode.Compute.ToDtypes() & Dtypes.SixteenBit), RegionOf(body.Mode), context.PrecisionOf(body.Class));

    private static FlowRegion RegionOf(PlanMode mode)
        => mode.IsRegion ? FlowRegion.Autocast(mode.Compute.ToDtypes())
            : mode == PlanMode.FullPrecision ? FlowRegion.Disabled
            : FlowRegion.TrueSixteenBit;

    /// <summary>What a body gives where it is entered in one way.</summary>
    private sealed class Way
    {
        private readonly Dictionary<(SyntaxNode Call, int Place), (HeldModule Module, FlowValue? Value)> modules = [];

        private Way(Devices device) => Device = device;

        public Devices Device { get; }

        private IReadOnlyDictionary<SyntaxNode, FlowValue> Values { get; set; } = null!;

        public static Way Run(Body body, IMethodSymbol owner, Entry entry, FlowContext context, CancellationToken token)
        {
            var way = new Way(entry.Scenario.Devices);
            var analysis = new FlowAnalysis(context, new FlowRun(body, owner, entry, KeepsValues: true, Modules: way.Add), token);
            analysis.Run(entry.State(owner, body.Variables, context, token));
            way.Values = analysis.Values;
            return way;
        }

        public FlowValue? ValueOf(IOperation operation) => Values.TryGetValue(operation.Syntax, out var value) ? value : FlowValue.Top;

        /// <summary>What a module gives; if the flow has another one in its place, what all of its class give that the call may run.</summary>
        public FlowValue? ValueOf(IOperation call, int place, HeldModule module)
        {
            if (modules.TryGetValue((call.Syntax, place), out var own) && own.Module.Equals(module))
            {
                return own.Value;
            }

            var alike = modules.Where(other => other.Key.Call == call.Syntax && other.Value.Module.Equals(module)).ToArray();
            return alike.Length == 0 ? FlowValue.Top : alike.Select(static other => other.Value.Value).Aggregate(FlowValue.Join);
        }

        /// <summary>A call is evaluated more than once where there are loops; what is told later knows at least what came before.</summary>
        private void Add((SyntaxNode Call, int Place) at, HeldModule module, FlowValue? value)
            => modules[at] = (module, modules.TryGetValue(at, out var before) ? FlowValue.Join(before.Value, value) : value);
    }
}
