using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Steps of optimizers past everything that scales or keeps masters.</summary>
internal sealed class OptimizerEffects(Reports reports)
{
    /// <summary>An optimizer's own step.</summary>
    public History Step(IInvocationOperation call, History history, Frame frame)
    {
        var (site, plain, optimizer) = (frame.SiteOf(call), new FactKey(Topic.PlainBackward), Places.Of(call.Instance, frame));
        CheckReplaced(call, optimizer, history, frame);
        if (optimizer is { Symbol: IPropertySymbol property, Owner: { } training } && TrainingMembers.IsOptimizerOfTraining(property))
        {
            reports.Add(MisuseKind.StepPastTraining, site, frame, null, [], optimizer.Name, training.Name);
            return history;
        }

        if (history[plain] is { At: { } backward, Value: { } loss } past)
        {
            if ((loss.Models & ModelDtypes.Float16) != 0 && !frame.Code.ChoosesPolicy && loss.Model is { } model)
            {
                reports.Add(
                    MisuseKind.NoScaling, backward, frame, (plain, past),
                    [site, new Site(model, model)], "Float16", optimizer?.Name ?? "optimizer");
            }

            return history.With(plain, null);
        }

        foreach (var (key, fact) in history.Of(Topic.Gradients).Select(static fact => (fact.Key, fact.Value)).ToList())
        {
            if (fact is { Stage: Stage.Pending or Stage.Unscaled, At: { } scaled } && optimizer is not null
                && IsScaledBy(key.Object!, optimizer, fact.Stage, history, frame))
            {
                reports.Add(MisuseKind.StepPastScaler, site, frame, (key, fact), [scaled], optimizer.Name, key.Object!.Name);
                history = history.With(new(Topic.Checked, key.Object), null);
            }
        }

        return history;
    }

    /// <summary>Whether the parameters that an optimizer has are still those of its model.</summary>
    public void CheckReplaced(IOperation call, Place? optimizer, History history, Frame frame)
    {
        if (optimizer is null)
        {
            return;
        }

        foreach (var (key, fact) in history.Of(Topic.Parameters).Select(static fact => (fact.Key, fact.Value)))
        {
            if (optimizer.Equals(key.Object) && fact is { Stage: Stage.Replaced, At: { } made, Then: { } replaced })
            {
                reports.Add(
                    MisuseKind.OptimizerMadeBefore, made, frame, (key, fact),
                    [replaced, frame.SiteOf(call)], optimizer.Name, key.Other!.Name, fact.Text!);
            }
        }
    }

    /// <summary>Whether an optimizer takes gradients of a scaled loss: those that it unscaled, or it is the only one that steps.</summary>
    private static bool IsScaledBy(Place scaler, Place optimizer, Stage stage, History history, Frame frame)
    {
        if (stage is Stage.Unscaled)
        {
            return history[new(Topic.Optimizer, scaler, optimizer)] is { Stage: Stage.Unscaled };
        }

        return frame.Code.OptimizerSteps
            .Where(static step => TrainingMembers.Of(step.TargetMethod) is not TrainingMember.TrainingStep)
            .All(step => optimizer.Equals(Places.Of(StepsOptimizer(step), frame)));
    }

    private static IOperation? StepsOptimizer(IInvocationOperation step)
        => TrainingMembers.Of(step.TargetMethod) is TrainingMember.ScalerStep ? step.Arguments[0].Value : step.Instance;
}
