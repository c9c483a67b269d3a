using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Precision.Runtime.Tests.Training;

/// <summary>A small training with everything that a checkpoint holds.</summary>
internal sealed class SmallTraining : IDisposable
{
    public SmallTraining(string optimizer)
    {
        Training = MixedPrecisionTraining.Create(
            Model,
            named => optimizer switch
            {
                nameof(FusedAdamW) => new FusedAdamW(named, lr: 1e-2),
                nameof(FusedSGD) => new FusedSGD(named, lr: 1e-2, momentum: 0.9),
                nameof(AdamW) => torch.optim.AdamW(named.Select(n => n.parameter), lr: 1e-2, weight_decay: 0.1),
                _ => torch.optim.SGD(named.Select(n => n.parameter), 1e-2, momentum: 0.9),
            });
        Schedule = CosineAnnealingLR(Training.Optimizer, 10);
    }

    public TiedModel Model { get; } = new();

    public MixedPrecisionTraining Training { get; }

    public LRScheduler Schedule { get; }

    public Tensor Loss() => Model.call(rand(4, 6)).square().mean();

    public void Train(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            Training.Backward(Loss());
            Training.Step();
            Schedule.step();
        }
    }

    public void Dispose()
    {
        Training.Dispose();
        Model.Dispose();
    }
}

/// <summary>A tied weight, a buffer, and weights of two dtypes.</summary>
[MixedPrecision(Dtype.Float16, Parameters = Dtype.Float16)]
public sealed partial class TiedModel : Module<Tensor, Tensor>
{
    private readonly Linear first = Linear(6, 6);
    private readonly BatchNorm1d norm = BatchNorm1d(6);
    private readonly Linear second = Linear(6, 6);

    public TiedModel()
        : base(nameof(TiedModel))
    {
        second.weight = first.weight!;
        RegisterComponents();
    }

    private Tensor ForwardCore(Tensor x) => second.call(norm.call(first.call(x)));
}
