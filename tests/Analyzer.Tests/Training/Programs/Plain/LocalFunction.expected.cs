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
        using var training = MixedPrecisionTraining.Create(model, named => optim.Adam(named, 0.01));
        for (var i = 0; i < 80; i++)
        {
            TrainStep(batches[i % batches.Count]);
        }

        void TrainStep(Batch batch)
        {
            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            training.Backward(loss);
            training.Step();
            Data.Record(loss);
        }
    }
}
