using Precision.Optim;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Benchmarks.OptimizerStep;

/// <summary>BFloat16 parameters, and a fused optimizer over their float32 masters: everything from 16-bit gradients to 16-bit weights.</summary>
internal sealed class MasterWeightsContestant : Contestant
{
    private readonly BFloat16Parameters model;
    private readonly MasterWeights masters;
    private readonly FusedAdamW optimizer;

    public MasterWeightsContestant(string name, IReadOnlyList<Tensor> weights, double lr, double weightDecay)
        : base(name)
    {
        model = new BFloat16Parameters(weights);
        masters = model.CreateMasterWeights();
        optimizer = new FusedAdamW(masters.named_parameters(), lr, weight_decay: weightDecay);
    }

    public override IReadOnlyList<Parameter> Weights => masters.Parameters;

    public override void SetGradients(IReadOnlyList<Tensor> gradients)
    {
        foreach (var (parameter, gradient) in model.parameters().Zip(gradients))
        {
            parameter.grad = gradient.to(bfloat16);
        }
    }

    public override void Step()
    {
        masters.CopyGradients();
        optimizer.step();
        masters.CopyToModel();
    }

    public override void Dispose()
    {
        optimizer.Dispose();
        masters.Dispose();
        model.Dispose();
    }
}
