using Microsoft.CodeAnalysis.Operations;

namespace Precision.Generator.Protocol;

/// <summary>The states of a <c>MixedPrecisionTraining</c>: gradients are pending or used up.</summary>
internal sealed class TrainingEffects(Reports reports)
{
    /// <summary>A training that has no gradients yet.</summary>
    public static History Create(IInvocationOperation call, History history, Frame frame)
        => Places.Receiving(call, frame) is { } training
            ? history.WithoutPlaces(training.Equals).With(new(Topic.Training, training), new Fact(Stage.Ready, frame.SiteOf(call)))
            : history;

    /// <summary>Gradients are dropped.</summary>
    public static History Reset(IInvocationOperation call, History history, Frame frame)
        => Places.Of(call.Instance, frame) is { } training
            ? history.With(new(Topic.Training, training), new Fact(Stage.Ready, frame.SiteOf(call))) : history;

    /// <summary>Gradients of a loss.</summary>
    public History Backward(IInvocationOperation call, History history, Frame frame)
        => Places.Of(call.Instance, frame) is { } training
            ? history
                .With(new(Topic.Training, training), new Fact(Stage.Pending, frame.SiteOf(call)))
                .With(new(Topic.IgnoredStep, training), null)
            : history;

    /// <summary>Updates the weights.</summary>
    public History Step(IInvocationOperation call, History history, Frame frame)
    {
        var plain = new FactKey(Topic.PlainBackward);
        if (Places.Of(call.Instance, frame) is not { } training)
        {
            return history.With(plain, null);
        }

        var (site, key, straight) = (frame.SiteOf(call), new FactKey(Topic.Training, training), new FactKey(Topic.Straight, training));
        if (history[key] is { Stage: Stage.Ready or Stage.Stepped, At: { } before } known)
        {
            if (history[plain] is { At: { } backward } past)
            {
                reports.Add(MisuseKind.BackwardPastTraining, backward, frame, (plain, past), [site], training.Name);
            }
            else if (known.Stage is Stage.Stepped && history[straight] is not null)
            {
                reports.Add(MisuseKind.Twice, site, frame, (key, known), [before], "Step", training.Name, training.Name);
            }
        }

        return Schedules.Ignore(call, training, isRead: false, history, frame)
            .With(plain, null)
            .With(key, new Fact(Stage.Stepped, site))
            .With(straight, new Fact(Stage.True));
    }
}
