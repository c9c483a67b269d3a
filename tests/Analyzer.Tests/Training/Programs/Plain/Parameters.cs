using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

public static class Program
{
    public static void Train()
    {
        var batches = Data.Batches();
        var net = new Net();
        var adam = optim.Adam(net.parameters(), lr: 0.01);
        for (var epoch = 0; epoch < 10; epoch++)
        {
            Epoch(net, adam, batches);
        }
    }

    private static void Epoch(Net model, optim.Optimizer optimizer, System.Collections.Generic.List<Batch> batches)
    {
        foreach (var batch in batches)
        {
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(batch.Input), batch.Target);
            loss.backward();
            nn.utils.clip_grad_norm_(model.parameters(), max_norm: 5);
            optimizer.step();
            Data.Record(loss);
        }
    }
}
