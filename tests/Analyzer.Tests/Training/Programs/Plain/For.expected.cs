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
        using var training = MixedPrecisionTraining.Create(model, named => torch.optim.SGD(named, 0.05, momentum: 0.9));

        for (int i = 0; i < 80; i++)
        {
            var batch = batches[i % batches.Count];

            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            training.Backward(loss);
            training.Step();
            Data.Record(loss);
        }
    }
}
