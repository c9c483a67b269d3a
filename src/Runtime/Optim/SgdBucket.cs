using Precision.Interop;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>Parameters that one call of SGD updates; two in a step in which dampened momentum begins for some of them.</summary>
internal sealed class SgdBucket(IReadOnlyList<Parameter> parameters, FusedSGD.Options options) : FusedBucket(parameters)
{
    private readonly FusedSGD.State[] states = [.. parameters.Select(static parameter => new FusedSGD.State(parameter))];

    public override IReadOnlyList<OptimizerState> States => states;

    public override void Dispose()
    {
        foreach (var state in states)
        {
            state.Dispose();
        }
    }

    protected override void Update(
        IReadOnlyList<Tensor> gradients, IReadOnlyList<ModelGradient> modelGradients, Tensor? gradScale, Tensor? foundInf)
    {
        var step = new SgdStep(
            options.LearningRate!.Value,
            options.momentum!.Value,
            options.dampening!.Value,
            options.weight_decay!.Value,
            options.nesterov!.Value,
            options.maximize!.Value);
        var present = WhereOwn(Parameters);
        if (step.Momentum == 0)
        {
            FusedOperators.Sgd_(present, gradients, [], step, firstStep: false, gradScale, foundInf);
            return;
        }

        var presentStates = WhereOwn(states);

        // Without dampening the first step is any step from zero momentum. With it the first gradient joins undampened, so
        // that the buffer may exist only after a step that was not skipped.
        if (step.Dampening == 0 || presentStates.All(static state => state.momentum_buffer is not null))
        {
            FusedOperators.Sgd_(present, gradients, Buffers(presentStates), step, firstStep: false, gradScale, foundInf);
        }
        else if (foundInf is null || Lifetime.After(foundInf.item<float>(), foundInf) == 0)
        {
            Begin(present, gradients, presentStates, step, gradScale);
        }
    }

    private static void Begin(
        IReadOnlyList<Parameter> parameters, IReadOnlyList<Tensor> gradients, IReadOnlyList<FusedSGD.State> states, SgdStep step,
        Tensor? gradScale)
    {
        var begins = states.Select(static state => state.momentum_buffer is null).ToArray();
        Run(firstStep: false);
        try
        {
            Run(firstStep: true);
        }
        catch
        {
            foreach (var state in Where(states, firstStep: true))
            {
                state.Dispose();
            }

            throw;
        }

        void Run(bool firstStep) => FusedOperators.Sgd_(
            Where(parameters, firstStep), Where(gradients, firstStep), Buffers(Where(states, firstStep)), step, firstStep, gradScale,
            foundInf: null);

        T[] Where<T>(IReadOnlyList<T> all, bool firstStep) => [.. all.Where((_, i) => begins[i] == firstStep)];
    }

    private static Tensor[] Buffers(IReadOnlyList<FusedSGD.State> states)
        => [.. states.Select(static state => state.RequireBuffer())];
}
