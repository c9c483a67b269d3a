// The second argument of MixedPrecisionTraining.Create.
using Precision;
using Precision.Optim;
using TorchSharp;
using static TorchSharp.torch;

internal static class Context
{
    private static MixedPrecisionTraining Create(nn.Module model) => MixedPrecisionTraining.Create(
        model,
        /* block */
        );
}
