using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var net = new Net();
        using var training = MixedPrecisionTraining.Create(net, named => optim.Adam(named, lr: 0.01));
        for (var epoch = 0; epoch < 10; epoch++)
        {
            Epoch(net, training, batches);
        }
    }

    private static void Epoch(Net model, MixedPrecisionTraining training, System.Collections.Generic.List<Batch> batches)
    {
        foreach (var batch in batches)
        {
            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            training.Backward(loss);
            training.Step(maxGradNorm: 5);
            Data.Record(loss);
        }
    }
}
