using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var model = new Net();
        using var training = MixedPrecisionTraining.Create(model, named => optim.Adam(named, lr: 0.02));
        var scheduler = optim.lr_scheduler.StepLR(training.Optimizer, 20, 0.9);
        for (var i = 0; i < 80; i++)
        {
            var loss = nn.functional.mse_loss(model.call(batches[i % 8].Input), batches[i % 8].Target);
            training.Backward(loss);
            // keeps early steps small
            var step = training.Step(maxGradNorm: 1.0);
            if (step.Applied)
            {
                scheduler.step();
            }
            Data.Record(loss);
        }
    }
}
