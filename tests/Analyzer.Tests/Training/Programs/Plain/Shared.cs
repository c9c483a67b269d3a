using System.Collections.Generic;
using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

[MixedPrecision(Dtype.Float32)]
public sealed partial class Net : Module<Tensor, Tensor>
{
    private readonly Linear hidden = Linear(8, 32);
    private readonly Linear output = Linear(32, 2);

    public Net()
        : base(nameof(Net))
        => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => output.call(hidden.call(x).relu());
}

public sealed record Batch(Tensor Input, Tensor Target);

public static class Data
{
    public static readonly List<float> Losses = [];

    public static List<Batch> Batches()
    {
        manual_seed(7);
        var batches = new List<Batch>();
        var weights = randn(8, 2);
        for (var i = 0; i < 8; i++)
        {
            var x = randn(16, 8);
            batches.Add(new(x, x.matmul(weights)));
        }

        return batches;
    }

    public static float Record(Tensor loss)
    {
        var value = loss.item<float>();
        Losses.Add(value);
        return value;
    }
}
