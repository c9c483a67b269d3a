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
                [given[0], given[1], "keep them in float32, or give it the parameters of CreateMasterWeights()"]),
            MisuseKind.OptimizerMadeBefore => (OptimizerMadeBeforeConversion.Rule, [.. given]),
            MisuseKind.NoScaling => (Float16WithoutLossScaling.Rule, [given[0] + ".step"]),
            MisuseKind.NeedlessScaling => (LossScalingWithBFloat16.Rule, [.. given]),
            MisuseKind.ClipBeforeUnscale => (ClipBeforeUnscale.Rule, [.. given]),
            MisuseKind.MissingUpdate => (StepWithoutUpdate.Rule, [given[2], given[0], given[1]]),
            MisuseKind.Twice => (CalledTwice.Rule,
                [$"'{given[2]}.{given[0]}' is called a second time with nothing in between", "leave one of the two out"]),
            MisuseKind.EarlyUpdate => (CalledTwice.Rule,
                [$"'{given[0]}.update' comes before the step of '{given[1]}', whose gradients have the old scale",
                    "update once, after all steps"]),
            MisuseKind.StepPastScaler => (ScalerIsBypassed.Rule,
                [$"'{given[0]}.step' takes gradients of a loss that '{given[1]}' has scaled", $"call '{given[1]}.step({given[0]})'"]),
            MisuseKind.BackwardPastScaler => (ScalerIsBypassed.Rule,
                [$"The loss was not scaled, and '{given[0]}.{given[1]}({given[2]})' divides its gradients",
                    $"call '{given[0]}.scale(loss).backward()'"]),
            MisuseKind.StepPastTraining
                => (ScalerIsBypassed.Rule, [$"'{given[0]}.step' steps past the training", $"call '{given[1]}.Step()'"]),
            MisuseKind.BackwardPastTraining => (ScalerIsBypassed.Rule,
                [$"'{given[0]}.Step' does not see the gradients of this 'backward'", $"call '{given[0]}.Backward(loss)'"]),
            MisuseKind.IgnoredStep => (SkippedStepIsIgnored.Rule,
                [given[0], given[0].EndsWith(".Step", StringComparison.Ordinal) ? "step it only where 'Applied' is true"
                    : "step it only where 'WasSkipped' is false"]),
            _ => (EachMicroBatch.Rule, given[0] == "loss"
                ? [$"Gradients are added up until '{given[1]}', and the loss of a micro-batch is not divided",
                    "divide it by their number for a mean"]
                : [$"'{given[2]}.{given[0]}' runs in each micro-batch, and the optimizer steps after several", "call it beside the step"]),
        };
    }

    private static Location NameOf(SyntaxNode node) => node.GetLocation();
}
