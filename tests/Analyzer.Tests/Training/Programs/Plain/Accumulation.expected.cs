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
        using var training = MixedPrecisionTraining.Create(model, named => optim.Adam(named, lr: 0.03));
        for (var i = 0; i < 160; i++)
        {
            var loss = nn.functional.mse_loss(model.call(batches[i % 8].Input), batches[i % 8].Target);
            training.Backward(loss / 4);
            if ((i + 1) % 4 == 0)
            {
                training.Step();
            }

            Data.Record(loss);
        }
    }
}
