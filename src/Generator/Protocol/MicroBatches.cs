using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;

namespace Precision.Generator.Protocol;

/// <summary>Accumulation over micro-batches: what belongs in the last one of a batch, and what each one's loss is divided by.</summary>
/// <param name="reports">Where to report.</param>
/// <param name="helperOf">The body of a helper that matters; null for others.</param>
internal sealed class MicroBatches(Reports reports, Func<IMethodSymbol, Code?> helperOf)
{
    /// <summary>Whether the loop around a call steps in every nth pass, and the call runs in each.</summary>
    public bool StepsEveryNth(IOperation call, Frame frame)
        => Loops.Around(call.Syntax) is null && frame.Caller is { } caller ? StepsEveryNth(frame.Call!, caller)
            : !Loops.IsEveryNth(call, frame.Code) && StepEveryNth(call, frame) is not null;

    /// <summary>Whether the loss of a micro-batch is divided by something. Plain float32 loops are nobody's affair.</summary>
    public void CheckDivision(IInvocationOperation backward, TensorValue loss, History history, Frame frame)
    {
        var isTraining = TrainingMembers.Of(backward.TargetMethod) is TrainingMember.TrainingBackward;
        if (loss is { IsComputed: true, IsDivided: false } && (isTraining || loss.Scaling is Scaling.Scaled)
            && (isTraining || loss.Scaler is not null)
            && !Loops.IsEveryNth(backward, frame.Code) && StepEveryNth(backward, frame) is { } step)
        {
            reports.Add(
                MisuseKind.EachMicroBatch, frame.SiteOf(backward), frame, null, [frame.SiteOf(step)],
                "loss", step.TargetMethod.Name, step.TargetMethod.Name);
        }
    }

    private IInvocationOperation? StepEveryNth(IOperation call, Frame frame)
    {
        var loop = Loops.Around(call.Syntax);
        if (loop is null)
        {
            return null;
        }

        var steps = frame.Code.OptimizerSteps
            .Where(static step => TrainingMembers.Of(step.TargetMethod) is not TrainingMember.OptimizerStep)
            .Concat(frame.Code.Helpers.Where(helper => helperOf(helper.TargetMethod.OriginalDefinition) is { OptimizerSteps.Count: > 0 }))
            .Where(step => Loops.Around(step.Syntax) == loop)
            .ToList();
        return steps.Count > 0 && steps.TrueForAll(step => Loops.IsEveryNth(step, frame.Code)) ? steps[0] : null;
    }
}
