using Precision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public sealed class Trainer : System.IDisposable
{
    private readonly Net model;
    private readonly MixedPrecisionTraining _training;

    public Trainer(Net net)
    {
        model = net;
        _training = MixedPrecisionTraining.Create(net, named => optim.Adam(named, lr: 0.01));
    }

    public void Epoch(System.Collections.Generic.List<Batch> batches)
    {
        foreach (var batch in batches)
        {
            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            _training.Backward(loss);
            _training.Step();
            Data.Record(loss);
        }
    }

    public void Dispose() => _training.Dispose();
}

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        using var trainer = new Trainer(new Net());
        for (var epoch = 0; epoch < 10; epoch++)
        {
            trainer.Epoch(batches);
        }
    }
}
