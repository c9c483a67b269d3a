using Microsoft.CodeAnalysis;
using Precision.Generator.Flow;
using Precision.Generator.Flow.Analysis;
using Precision.Generator.Flow.Classes;
using Precision.Generator.Flow.Regions;
using Precision.Generator.Flow.Values;
using Precision.Generator.Plan.Models;

namespace Precision.Generator.Plan;

/// <summary>What the dtype flow knows of the tensors of one body, as it runs for the plan's class, on each kind of device.</summary>
internal sealed class KnownDtypes
{
    private readonly IReadOnlyDictionary<SyntaxNode, FlowValue>? cuda;
    private readonly IReadOnlyDictionary<SyntaxNode, FlowValue>? cpu;

    private KnownDtypes(IReadOnlyDictionary<SyntaxNode, FlowValue>? cuda, IReadOnlyDictionary<SyntaxNode, FlowValue>? cpu)
        => (this.cuda, this.cpu) = (cuda, cpu);

    /// <summary>Analyses a body.</summary>
    public static KnownDtypes Of(IOperation root, PlannedBody body, FlowContext context, CancellationToken token)
    {
        var analysed = context.BodyOf(root, token);
        return analysed.IsReadable ? new(On(Devices.Cuda), On(Devices.Cpu)) : new(null, null);

        IReadOnlyDictionary<SyntaxNode, FlowValue> On(Devices device)
        {
            var (mode, compute) = (body.Mode, body.Mode.Compute.ToDtypes());
            var scenario = new Scenario(device, compute & Dtypes.SixteenBit);
            var region = mode.IsRegion ? FlowRegion.Autocast(compute)
                : mode == PlanMode.FullPrecision ? FlowRegion.Disabled
                : FlowRegion.TrueSixteenBit;
            var analysis = new FlowAnalysis(context, new FlowRun(analysed, body.Method, scenario, region, KeepsValues: true), token);
            analysis.Run(Inputs.Of(
                body.Method, analysed.Variables, context.PrecisionOf(body.Class), scenario, parameter => context.MayBeIndex(parameter, token)));
            return analysis.Values;
        }
    }

    /// <summary>The dtype of an operation's result on CUDA and on the CPU; null where it is not known.</summary>
    public (string? Cuda, string? Cpu) Of(IOperation operation) => (Of(cuda, operation), Of(cpu, operation));

    private static string? Of(IReadOnlyDictionary<SyntaxNode, FlowValue>? values, IOperation operation)
        => values is not null && values.TryGetValue(operation.Syntax, out var value) && value is TensorDtype { IsKnown: true } tensor
            ? tensor.Dtypes.ToText()
            : null;
}
