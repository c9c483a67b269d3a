// Statements of a training that is under way.
using Microsoft.Extensions.Configuration;
using Precision;
using Precision.Inspection;
using Precision.Optim;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

internal static class Context
{
    private static void Run(
        Gpt model, MixedPrecisionTraining training, optim.lr_scheduler.LRScheduler scheduler, IEnumerable<(Tensor x, Tensor y)> batches, Tensor x, Tensor y, Tensor loss, long batch)
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
