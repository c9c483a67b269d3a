// Behind the loop of the README's first program.
using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

internal static class Context
{
    private static void Run(Classifier model, Tensor points)
    {
        /* block */
    }
}

[MixedPrecision(Dtype.BFloat16, Parameters = Dtype.BFloat16)]
internal sealed partial class Classifier : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(2, 2);

    public Classifier() : base(nameof(Classifier)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}
