using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Optimizer = TorchSharp.torch.optim.Optimizer;

namespace Precision.Runtime.Tests.Training;

/// <summary>
/// Two lines, y = a x + b x, with weights whose gradients are known: that of the loss "factor times the sum of y" at x = 1 is the
/// factor. Learning rate 1 without momentum, so that a step moves each weight by its gradient.
/// </summary>
internal sealed class Lines : IDisposable
{
    public const float Scale = 1024;

    public Lines(Dtype compute, Dtype parameters, bool fused = true, bool freezeB = false, MixedPrecisionTrainingOptions? options = null)
    {
        (Compute, Parameters, IsFused) = (compute, parameters, fused);
        Model = new TwoLines { PrecisionPolicy = new PrecisionPolicy(compute, parameters) };
        Model.B.weight!.requires_grad = !freezeB;
        Training = MixedPrecisionTraining.Create(
            Model, named => Sgd(named, fused), options ?? new() { Scaler = new GradScaler(Scale, enabled: compute is Dtype.Float16) });
    }

    public Dtype Compute { get; }

    public Dtype Parameters { get; }

    public bool IsFused { get; }

    public TwoLines Model { get; }

    public MixedPrecisionTraining Training { get; }

    /// <summary>The float32 weights, whoever holds them.</summary>
    public float A => Weight("a.weight", Model.A);

    public float B => Weight("b.weight", Model.B);

    public static Optimizer Sgd(IReadOnlyList<(string name, Parameter parameter)> named, bool fused)
        => fused ? new FusedSGD(named, lr: 1) : optim.SGD(named.Select(static n => n.parameter), 1);

    /// <summary>A loss whose gradient is the factor for both weights.</summary>
    public Tensor Loss(float factor = 1) => Scaled(Model.call(ones(1, 1)).sum(), factor);

    public void Backward(float factor = 1)
    {
        using var scope = NewDisposeScope();
        Training.Backward(Loss(factor));
    }

    public static Tensor Scaled(Tensor loss, float factor)
    {
        var number = tensor(factor);
        return loss * number;
    }

    public void Dispose()
    {
        Training.Dispose();
        Model.Dispose();
    }

    private float Weight(string name, Linear line)
        => Training.MasterWeights.state_dict().TryGetValue(name, out var master)
            ? master.item<float>()
            : line.weight!.to(ScalarType.Float32).item<float>();
}

/// <summary>The sum of two lines through 0.</summary>
[MixedPrecision(Dtype.BFloat16)]
public sealed partial class TwoLines : Module<Tensor, Tensor>
{
    private readonly Linear a = Linear(1, 1, hasBias: false);
    private readonly Linear b = Linear(1, 1, hasBias: false);

    public TwoLines()
        : base(nameof(TwoLines))
    {
        init.zeros_(a.weight!);
        init.zeros_(b.weight!);
        RegisterComponents();
    }

    public Linear A => a;

    public Linear B => b;

    private Tensor ForwardCore(Tensor x) => a.call(x) + b.call(x);
}
