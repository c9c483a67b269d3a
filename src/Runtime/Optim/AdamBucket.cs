using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>Parameters that one call of Adam or AdamW updates.</summary>
internal sealed class AdamBucket : FusedBucket
{
    private readonly bool decoupled;
    private readonly FusedAdam.Options options;
    private readonly StepCounts counts;
    private readonly FusedAdam.State[] states;
    private readonly Tensor[] expAvgs;
    private readonly Tensor[] expAvgSqs;

    public AdamBucket(IReadOnlyList<Parameter> parameters, FusedAdam.Options options, bool decoupled)
        : base(parameters)
    {
        this.options = options;
        this.decoupled = decoupled;
        counts = new StepCounts(parameters.Count, parameters[0].device);
        states = [.. parameters.Select((parameter, i) => new FusedAdam.State(parameter, counts.Views[i]))];
        expAvgs = [.. states.Select(static state => state.exp_avg)];
        expAvgSqs = [.. states.Select(static state => state.exp_avg_sq)];
    }

    public override IReadOnlyList<OptimizerState> States => states;

    public override void Dispose()
    {
        foreach (var state in states)
        {
            state.Dispose();
        }

        counts.Dispose();
    }

    protected override void Update(
        IReadOnlyList<Tensor> gradients, IReadOnlyList<ModelGradient> modelGradients, Tensor? gradScale, Tensor? foundInf)
    {
        var step = new AdamStep(
            options.LearningRate!.Value,
            options.beta1!.Value,
            options.beta2!.Value,
            options.weight_decay!.Value,
            options.eps!.Value,
            options.amsgrad!.Value,
            options.maximize!.Value);
        counts.Add(Present);
        try
        {
            // All checks come before the first launch.
            var modelStep = ModelStep(modelGradients, step, gradScale, foundInf);
            FusedOperators.Adam_(
                decoupled,
                WhereOwn(Parameters),
                gradients,
                WhereOwn(expAvgs),
                WhereOwn(expAvgSqs),
                step.AmsGrad ? [.. WhereOwn(states).Select(static state => state.RequireMax())] : [],
                WhereOwn(counts.Views),
                step,
                gradScale,
                foundInf);
            modelStep.Launch();
        }
        catch
        {
            counts.TakeBack();
            throw;
        }

        if (foundInf is not null)
        {
            counts.TakeBackIf(foundInf);
        }
    }

    private AdamKernel ModelStep(IReadOnlyList<ModelGradient> modelGradients, AdamStep step, Tensor? gradScale, Tensor? foundInf)
    {
        var kernel = new AdamKernel(decoupled, step, gradScale, foundInf);
        foreach (var (i, parameter, gradient) in modelGradients)
        {
            kernel.Add(
                parameter, gradient, Parameters[i], expAvgs[i], expAvgSqs[i], step.AmsGrad ? states[i].RequireMax() : null, counts.Views[i]);
        }

        return kernel;
    }
}
