using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Precision.Benchmarks.OptimizerStep;

/// <summary>Float32 parameters and an optimizer over them.</summary>
internal sealed class OptimizerContestant : Contestant
{
    private readonly optim.Optimizer optimizer;

    public OptimizerContestant(string name, IReadOnlyList<Tensor> weights, Func<IReadOnlyList<Parameter>, optim.Optimizer> create)
        : base(name)
    {
        Weights = [.. weights.Select(static weight => nn.Parameter(weight.clone()))];
        optimizer = create(Weights);
    }

    public override IReadOnlyList<Parameter> Weights { get; }

    public override void Step() => optimizer.step();

    public override void Dispose()
    {
        optimizer.Dispose();
        foreach (var weight in Weights)
        {
            weight.Dispose();
        }
    }
}
