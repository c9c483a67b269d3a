using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>The states of a <c>GradScaler</c>: scale, backward, perhaps unscale and clip, step of each optimizer, update.</summary>
internal sealed class ScalerEffects(Reports reports, MicroBatches microBatches)
{
    /// <summary>A scaler that has scaled nothing yet.</summary>
    public static History Create(IObjectCreationOperation creation, History history, Frame frame)
        => Places.Receiving(creation, frame) is { } scaler
            ? history.WithoutPlaces(scaler.Equals).With(new(Topic.Gradients, scaler), new Fact(Stage.Ready))
            : history;

    /// <summary>Scales a loss.</summary>
    public History Scale(IInvocationOperation call, TensorValue loss, History history, Frame frame)
    {
        if (loss.Models is ModelDtypes.BFloat16 && !frame.Code.ChoosesPolicy && CreationOf(call.Instance, frame) is { } creation
            && IsEnabled(creation) is true)
        {
            var made = new Site(creation.Syntax, creation.Syntax);
            reports.Add(MisuseKind.NeedlessScaling, frame.SiteOf(call), frame, null, [made], ScalerOf(call, frame)!.Name);
        }

        return history;
    }

    /// <summary>Divides an optimizer's gradients by the scale.</summary>
    public History Unscale(IInvocationOperation call, History history, Frame frame)
    {
        if (ScalerOf(call, frame) is not { } scaler)
        {
            return history;
        }

        var (site, gradients, straight) = (frame.SiteOf(call), new FactKey(Topic.Gradients, scaler), new FactKey(Topic.Straight, scaler));
        var pending = history[gradients]?.Stage is Stage.Pending;
        history = CheckPlain(call, scaler, history, frame);
        if (Places.Of(call.Arguments[0].Value, frame) is { } optimizer)
        {
            var key = new FactKey(Topic.Optimizer, scaler, optimizer);
            if (history[key] is { Stage: Stage.Unscaled or Stage.Stepped, At: { } at } known)
            {
                MisuseKind? kind = !pending && history[straight] is not null
                    ? (known.Stage is Stage.Stepped ? MisuseKind.UnscaleAfterStep : MisuseKind.Twice)
                    : known.Stage is Stage.Stepped ? MisuseKind.MissingUpdate
                    : !pending ? null
                    : microBatches.StepsEveryNth(call, frame) ? MisuseKind.EachMicroBatch : MisuseKind.MissingUpdate;
                if (kind is { } wrong)
                {
                    reports.Add(wrong, site, frame, (key, known), [at], "unscale_", optimizer.Name, scaler.Name);
                }
            }

            history = history.With(key, new Fact(Stage.Unscaled, site));
        }

        history = history.With(new(Topic.Checked, scaler), new Fact(Stage.True)).With(straight, new Fact(Stage.True));
        return pending ? history.With(gradients, new Fact(Stage.Unscaled, site)) : history;
    }

    /// <summary>Runs an optimizer's step.</summary>
    public History Step(IInvocationOperation call, History history, Frame frame)
    {
        var plain = new FactKey(Topic.PlainBackward);
        if (ScalerOf(call, frame) is not { } scaler)
        {
            return history.With(plain, null);
        }

        var (site, optimizer) = (frame.SiteOf(call), Places.Of(call.Arguments[0].Value, frame));
        var (gradients, lastStep) = (new FactKey(Topic.Gradients, scaler), new FactKey(Topic.LastStep, scaler));
        var isPlain = history[plain] is not null;
        history = CheckPlain(call, scaler, history, frame);
        if (optimizer is not null)
        {
            var (key, used) = (new FactKey(Topic.Optimizer, scaler, optimizer), new FactKey(Topic.Used, scaler, optimizer));
            if (history[key] is { Stage: Stage.Stepped, At: { } stepped } known)
            {
                reports.Add(
                    MisuseKind.MissingUpdate, site, frame, (key, known), [stepped], call.TargetMethod.Name, optimizer.Name, scaler.Name);
            }
            else if (!isPlain && history[used] is null && history[gradients] is { Stage: Stage.Ready, At: { } update } ready
                && history[lastStep] is { Place: { } other } && !other.Equals(optimizer))
            {
                reports.Add(MisuseKind.EarlyUpdate, site, frame, (gradients, ready), [update], scaler.Name, optimizer.Name);
            }

            history = history.With(key, new Fact(Stage.Stepped, site)).With(used, new Fact(Stage.True));
        }

        if (history[gradients] is { Stage: Stage.Pending })
        {
            history = history.With(gradients, new Fact(Stage.Unscaled, site));
        }

        return Schedules.Ignore(call, scaler, frame.Code.ReadsScaler, history, frame)
            .With(lastStep, new Fact(Stage.True, Place: optimizer))
            .With(new(Topic.Straight, scaler), new Fact(Stage.True))
            .With(new(Topic.Checked, scaler), new Fact(Stage.True));
    }

    /// <summary>Adapts the scale, and begins an iteration.</summary>
    public History Update(IInvocationOperation call, bool isChecked, History history, Frame frame)
    {
        if (ScalerOf(call, frame) is not { } scaler)
        {
            return history;
        }

        var (site, key, straight) = (frame.SiteOf(call), new FactKey(Topic.Checked, scaler), new FactKey(Topic.Straight, scaler));
        if (isChecked && history[key] is { Stage: Stage.False, At: { } before } known)
        {
            var isEach = microBatches.StepsEveryNth(call, frame);
            if (isEach || history[straight] is not null)
            {
                reports.Add(
                    isEach ? MisuseKind.EachMicroBatch : MisuseKind.Twice, site, frame, (key, known), [before],
                    "update", scaler.Name, scaler.Name);
            }
        }

        return history
            .Without(Topic.Optimizer, other => Equals(other.Object, scaler))
            .With(new(Topic.Gradients, scaler), new Fact(Stage.Ready, site))
            .With(straight, new Fact(Stage.True))
            .With(key, new Fact(Stage.False, site));
    }

    /// <summary>Clips gradients, which must not be scaled then.</summary>
    public History Clip(IInvocationOperation call, History history, Frame frame)
    {
        foreach (var (key, fact) in history.Of(Topic.Gradients).Select(static fact => (fact.Key, fact.Value)))
        {
            if (fact is { Stage: Stage.Pending, At: { } backward } && history[new(Topic.PlainBackward)] is null)
            {
                reports.Add(
                    MisuseKind.ClipBeforeUnscale, frame.SiteOf(call), frame, (key, fact),
                    [backward], call.TargetMethod.Name, key.Object!.Name);
            }
        }

        return history;
    }

    /// <summary>Gradients of a loss that was not scaled must not be divided by the scale.</summary>
    private History CheckPlain(IInvocationOperation call, Place scaler, History history, Frame frame)
    {
        var plain = new FactKey(Topic.PlainBackward);
        if (history[plain] is { At: { } backward } past && history[new(Topic.Gradients, scaler)]?.Stage is Stage.Ready or Stage.Pending)
        {
            reports.Add(
                MisuseKind.BackwardPastScaler, backward, frame, (plain, past), [frame.SiteOf(call)],
                scaler.Name, call.TargetMethod.Name, call.Arguments[0].Value.Syntax.ToString());
        }

        return history.With(plain, null);
    }

    /// <summary>The scaler of a call; null where it is not known, and for one that is made to pass everything through.</summary>
    public static Place? ScalerOf(IInvocationOperation call, Frame frame)
        => CreationOf(call.Instance, frame) is { } creation && IsEnabled(creation) is false ? null : Places.Of(call.Instance, frame);

    /// <summary>The creation of a scaler that a variable or a field certainly holds; null where that is not seen.</summary>
    private static IObjectCreationOperation? CreationOf(IOperation? scaler, Frame frame)
        => Places.Of(scaler, frame) is { Owner: null, Symbol: ILocalSymbol local }
            && frame.Code.AssignedTo(local) is [IObjectCreationOperation creation] ? creation : null;

    /// <summary>Whether a scaler is made to scale; null where that is decided at run time.</summary>
    private static bool? IsEnabled(IObjectCreationOperation creation)
        => creation.Arguments.FirstOrDefault(static argument
            => argument.Parameter?.Name == "enabled")?.Value.ConstantValue is { HasValue: true, Value: bool value }
            ? value : null;
}
