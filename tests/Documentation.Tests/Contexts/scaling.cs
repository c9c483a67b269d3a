// Statements of a training: a model, data, and what earlier lines of it made.
using Microsoft.Extensions.Configuration;
using Precision;
using Precision.Distributed;
using Precision.Inspection;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

internal static class Context
{
    private static void Run(Gpt model, IEnumerable<(Tensor x, Tensor y)> batches, string[] args)
    {
        /* block */
    }
}

[MixedPrecision(Dtype.Float16)]
internal sealed partial class Gpt : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 2);

    public Gpt() : base(nameof(Gpt)) => RegisterComponents();

    private Tensor ForwardCore(Tensor x) => layer.call(x);
}
