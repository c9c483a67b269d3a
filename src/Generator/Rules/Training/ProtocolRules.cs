using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Precision.Generator.Protocol;

namespace Precision.Generator.Rules.Training;

/// <summary>The rules about the order of calls in a training loop. What is wrong the protocol finds; here is how it is said.</summary>
internal static class ProtocolRules
{
    public static ImmutableArray<DiagnosticDescriptor> All { get; } =
    [
        OptimizerOver16BitParameters.Rule,
        OptimizerMadeBeforeConversion.Rule,
        Float16WithoutLossScaling.Rule,
        LossScalingWithBFloat16.Rule,
        ClipBeforeUnscale.Rule,
        StepWithoutUpdate.Rule,
        CalledTwice.Rule,
        ScalerIsBypassed.Rule,
        SkippedStepIsIgnored.Rule,
        EachMicroBatch.Rule,
        DeviceWaitInEachStep.Rule,
    ];

    /// <summary>Reports what is wrong at a call.</summary>
    public static void Analyze(OperationAnalysisContext context, TrainingProtocol protocol)
    {
        foreach (var misuse in protocol.At(context.Operation, context.CancellationToken))
        {
            var (rule, arguments) = Say(misuse);
            var isCertain = misuse is not { Kind: MisuseKind.EachMicroBatch, Arguments: ["loss", ..] };
            context.ReportDiagnostic(Diagnostic.Create(
                rule,
                NameOf(misuse.At),
                isCertain ? rule.DefaultSeverity : DiagnosticSeverity.Info,
                [.. misuse.Others.Select(NameOf)],
                ImmutableDictionary<string, string?>.Empty.Add(KindProperty, misuse.Kind.ToString()),
                arguments));
        }
    }

    /// <summary>Tells fixes what is wrong, where a rule has several cases.</summary>
    public const string KindProperty = nameof(MisuseKind);

    private static (DiagnosticDescriptor Rule, object[] Arguments) Say(Misuse misuse)
    {
        var given = misuse.Arguments;
        return misuse.Kind switch
        {
            MisuseKind.SixteenBitParameters => (OptimizerOver16BitParameters.Rule,
                [given[0], given[1], "keep them in float32, or optimize the master weights from CreateMasterWeights()"]),
            MisuseKind.OptimizerMadeBefore => (OptimizerMadeBeforeConversion.Rule, [.. given]),
            MisuseKind.NoScaling => (Float16WithoutLossScaling.Rule, [given[1] + ".step"]),
            MisuseKind.NeedlessScaling => (LossScalingWithBFloat16.Rule, [.. given]),
            MisuseKind.ClipBeforeUnscale => (ClipBeforeUnscale.Rule, [.. given]),
            MisuseKind.MissingUpdate => (StepWithoutUpdate.Rule, [given[2], given[0], given[1]]),
            MisuseKind.Twice => (CalledTwice.Rule,
                [$"'{given[2]}.{given[0]}' is called twice in a row", "remove one of the calls"]),
            MisuseKind.EarlyUpdate => (CalledTwice.Rule,
                [$"'{given[0]}.update' comes before the step of '{given[1]}', whose gradients still carry the old scale",
                    "update once, after all steps"]),
            MisuseKind.StepPastScaler => (ScalerIsBypassed.Rule,
                [$"'{given[0]}.step' uses gradients of a loss scaled by '{given[1]}'", $"call '{given[1]}.step({given[0]})'"]),
            MisuseKind.BackwardPastScaler => (ScalerIsBypassed.Rule,
                [$"The loss was not scaled, but '{given[0]}.{given[1]}({given[2]})' divides its gradients by the scale",
                    $"call '{given[0]}.scale(loss).backward()'"]),
            MisuseKind.StepPastTraining
                => (ScalerIsBypassed.Rule, [$"'{given[0]}.step' bypasses '{given[1]}'", $"call '{given[1]}.Step()'"]),
            MisuseKind.BackwardPastTraining => (ScalerIsBypassed.Rule,
                [$"'{given[0]}.Step' does not see the gradients of this 'backward'", $"call '{given[0]}.Backward(loss)'"]),
            MisuseKind.IgnoredStep => (SkippedStepIsIgnored.Rule,
                [given[0], given[0].EndsWith(".Step", StringComparison.Ordinal) ? "step it only when 'Applied' is true"
                    : "step it only when 'WasSkipped' is false"]),
            MisuseKind.DeviceWait => (DeviceWaitInEachStep.Rule, [.. given]),
            _ => (EachMicroBatch.Rule, given[0] == "loss"
                ? [$"Gradients accumulate until '{given[1]}', but the loss of each micro-batch is not divided",
                    "divide it by the number of micro-batches to get the average"]
                : [$"'{given[2]}.{given[0]}' runs for every micro-batch, but the optimizer steps only after several", "call it next to the step"]),
        };
    }

    private static Location NameOf(SyntaxNode node) => node.GetLocation();
}
