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
        using var training = MixedPrecisionTraining.Create(model, named => optim.Adam(named, lr: 0.01));
        for (var epoch = 0; epoch < 10; epoch++)
        {
            foreach (var (x, y) in batches)
            {
                // start anew
                var loss = nn.functional.mse_loss(model.call(x), y);
                training.Backward(loss); // gradients
                training.Step();
                Data.Record(loss);
            }
        }

        System.Console.WriteLine(training.Optimizer.ParamGroups.GetType().Name);
    }
}
