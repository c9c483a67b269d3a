using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public sealed class Trainer : System.IDisposable
{
    private readonly Net model;
    private readonly optim.Optimizer _optimizer;

    public Trainer(Net net)
    {
        model = net;
        _optimizer = optim.Adam(net.parameters(), lr: 0.01);
    }

    public void Epoch(System.Collections.Generic.List<Batch> batches)
    {
        foreach (var batch in batches)
        {
            _optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            loss.backward();
            _optimizer.step();
            Data.Record(loss);
        }
    }

    public void Dispose() => _optimizer.Dispose();
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
