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
        using var training = MixedPrecisionTraining.Create(model, named => optim.RMSProp(named, 0.003));
        for (var i = 0; i < 120; i++)
        {
            var loss = nn.functional.mse_loss(model.call(batches[i % 8].Input), batches[i % 8].Target);
            training.Backward(loss);
            nn.utils.clip_grad_value_(model.parameters(), 0.5);
            training.Step();
            Data.Record(loss);
        }
    }
}
