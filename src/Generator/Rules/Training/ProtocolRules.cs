using System.Collections.Immutable;
using System.Globalization;
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
            MisuseKind.SixteenBitParameters => (OptimizerOver16BitParameters.Rule, [.. given]),
            MisuseKind.OptimizerMadeBefore => (OptimizerMadeBeforeConversion.Rule, [.. given]),
            MisuseKind.NoScaling => (Float16WithoutLossScaling.Rule, [given[1] + ".step"]),
            MisuseKind.NeedlessScaling => (LossScalingWithBFloat16.Rule, [.. given]),
            MisuseKind.ClipBeforeUnscale => (ClipBeforeUnscale.Rule, [.. given]),
            MisuseKind.MissingUpdate => (StepWithoutUpdate.Rule, [given[2], given[0], given[1]]),
            MisuseKind.Twice => (CalledTwice.Rule, Words(ProtocolMessages.CalledTwice, $"{given[2]}.{given[0]}")),
            MisuseKind.UnscaleAfterStep => (CalledTwice.Rule, Words(ProtocolMessages.UnscaledAfterStep, given[2], given[1])),
            MisuseKind.EarlyUpdate => (CalledTwice.Rule, Words(ProtocolMessages.UpdatedBetweenSteps, given[0], given[1])),
            MisuseKind.StepPastScaler => (ScalerIsBypassed.Rule, Words(ProtocolMessages.SteppedPastScaler, given[0], given[1])),
            MisuseKind.BackwardPastScaler
                => (ScalerIsBypassed.Rule, Words(ProtocolMessages.BackwardPastScaler, given[0], given[1], given[2])),
            MisuseKind.StepPastTraining => (ScalerIsBypassed.Rule, Words(ProtocolMessages.SteppedPastTraining, given[0], given[1])),
            MisuseKind.BackwardPastTraining => (ScalerIsBypassed.Rule, Words(ProtocolMessages.BackwardPastTraining, given[0])),
            MisuseKind.IgnoredStep => (SkippedStepIsIgnored.Rule,
                [given[0], given[0].EndsWith(".Step", StringComparison.Ordinal) ? "step it only when 'Applied' is true"
                    : "step it only when 'WasSkipped' is false"]),
            MisuseKind.DeviceWait => (DeviceWaitInEachStep.Rule, [.. given]),
            _ => (EachMicroBatch.Rule, given[0] == "loss"
                ? Words(
                    "Gradients accumulate until '{0}', but the loss of each micro-batch is not divided: divide it by the number of micro-batches "
                    + "to get the average", given[1])
                : Words(ProtocolMessages.EachMicroBatch, given[2], given[0])),
        };
    }

    private static object[] Words(string message, params string[] arguments) => [string.Format(CultureInfo.InvariantCulture, message, arguments)];

    private static Location NameOf(SyntaxNode node) => node.GetLocation();
}
