// Statements of an asynchronous training that is under way.
using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

internal static class Context
{
    private static async Task Run(
        MixedPrecisionTraining training, optim.lr_scheduler.LRScheduler scheduler, CancellationToken cancellationToken)
    {
        /* block */
    }
}
