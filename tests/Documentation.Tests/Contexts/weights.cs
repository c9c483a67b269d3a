// Statements of a program that brings weights in and out.
using System.Collections;
using Precision;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

internal static class Context
{
    private static void Run(Tensor x, Gpt trained, MixedPrecisionTraining training)
    {
        /* block */
    }
}

[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
internal sealed partial class Gpt : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 2);

    public Gpt() : base(nameof(Gpt)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}
